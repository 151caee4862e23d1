import Feeds
import Fetch
import Market
import Server

/// What `doctor` looks at in the settings, the feed files, their credentials and their hosts.
struct FeedCheck {
  private let program: Settings
  private let session: Result<FeedSession, any Error>

  init(_ program: Settings, folder: String?, signals: [Signal]) {
    self.program = program
    session = Result { try FeedSession(program, folder: folder, signals: signals) }
  }

  func settings() -> [Finding] {
    var findings = program.layers.warnings.map {
      Finding.warning("settings", $0, toDo: "keep secrets where nobody else reads them")
    }
    findings += misspelt().map { name, near in
      .warning("settings", "\(name) is no setting", toDo: near.map { "write \($0)" } ?? "remove it")
    }
    do {
      _ = try program.logger()
      if let address = try program.health, !address.isLoopback, try program.apiTokens == nil {
        throw SettingError(description: "health is \(address), which others reach, and api-tokens-file is not set")
      }
      _ = try program.apiTokens
    } catch {
      findings.append(.failed("settings", error))
    }
    return findings.isEmpty ? [.ok("settings", "understood: `flux-market config` shows them")] : findings
  }

  /// Variables that nobody reads, and what each is near to. Which there are, only the feeds' files can tell.
  private func misspelt() -> [(name: String, near: String?)] {
    guard let catalog = try? session.get().catalog else { return [] }
    let credentials = catalog.feeds.flatMap(\.auth.settings)
    let ofHosts = catalog.hosts.flatMap { ["\($0.settingPrefix)_URL", "\($0.settingPrefix)_RATE"] }
    let known = Set((Setting.names + [SettingFlags.file]).map(Setting.variable) + credentials + ofHosts)
    return program.environment.keys.sorted().filter { name in
      let subject = name.hasSuffix("_FILE") ? String(name.dropLast("_FILE".count)) : name
      return name.hasPrefix("FLUX_") && !known.contains(name) && !known.contains(subject)
    }.map { ($0, nearest(to: $0, of: known)) }
  }

  func findings() -> [Finding] {
    switch session {
    case .failure(let refused as FeedsRefused):
      return refused.complaints.map { .failed("feeds", "\($0)", toDo: "`flux-market feeds check`", .configuration) }
    case .failure(let error): return [.failed("feeds", error)]
    case .success(let session):
      let (on, off) = session.available()
      let live = on.filter { $0.schedule != nil }
      var findings = [
        live.isEmpty
          ? Finding.failed("feeds", "no feed is on", toDo: "`flux-market feeds list` says why", .configuration)
          : .ok("feeds", live.map(\.id).joined(separator: ", "))
      ]
      findings += off.map { feed, reason in
        let says = "\(feed.id) is off: \(reason)"
        return hasUnreadableCredential(feed)
          ? .failed("credentials", says, toDo: "make the file readable for this user", .configuration)
          : .warning("credentials", says, toDo: "set it, or leave it off")
      }
      if off.isEmpty { findings.append(.ok("credentials", "all that the feeds need are there")) }
      return findings
    }
  }

  /// Named and not to be had is a mistake; not named at all is a choice.
  private func hasUnreadableCredential(_ feed: Feed) -> Bool {
    feed.auth.settings.contains { name in
      do {
        _ = try CredentialSetting.value(name, in: program.environment)
        return false
      } catch { return true }
    }
  }

  /// One request to each host; any answer of its own shows that it is there.
  func hosts() async -> [Finding] {
    guard let session = try? session.get() else { return [] }
    var findings: [Finding] = []
    for host in session.catalog.hosts {
      let what = "host \(host.id)"
      guard !host.isStrict else {
        findings.append(.ok(what, "not asked: its limit is for the collector alone"))
        continue
      }
      do {
        let limits = Limits(connect: .seconds(5), total: .seconds(10))
        _ = try await session.fetcher.fetch(Request(.get, try RedactedURL(host.baseURL), limits: limits))
        findings.append(.ok(what, "answers"))
      } catch let error as FetchError where error.status != nil {
        findings.append(.ok(what, "answers"))
      } catch {
        findings.append(.failed(what, error))
      }
    }
    return findings
  }
}
