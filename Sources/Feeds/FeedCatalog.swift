import FoundationEssentials
package import Market

/// The folder `feeds/`, read and checked: hosts.yaml, one file a feed, and what only all of them together can tell.
package struct FeedCatalog: Sendable {
  /// By id, ascending.
  package let feeds: [Feed]
  /// By id, ascending, with what the environment says instead.
  package let hosts: [Host]

  /// - Parameters:
  ///   - directory: the folder; complaints name its files as it is given here.
  ///   - signals: all that are registered; `Signal.standard` where there is no database.
  ///   - environment: for `FLUX_HOST_<ID>_URL`, `FLUX_HOST_<ID>_RATE` and `FLUX_AXLE_ASSETS`.
  /// - Throws: ``FeedsRefused`` with every complaint about every file.
  package static func load(
    directory: String, signals: [Signal], environment: [String: String]
  ) throws(FeedsRefused) -> FeedCatalog {
    var folder = directory
    while folder.count > 1, folder.last == "/" { folder.removeLast() }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw FeedsRefused([
        FeedComplaint(
          .file(folder, line: 1, column: 1), "the folder of feeds is not there or cannot be read",
          cure: "name it with --feeds or FLUX_SHARE_DIR")
      ])
    }
    var complaints: [FeedComplaint] = []
    let declared = hosts(folder, isThere: names.contains("hosts.yaml"), &complaints)
    var hosts: [String: Host] = [:]
    for (id, host) in declared ?? [:] {
      let (changed, wrong) = host.overridden(by: environment)
      hosts[id] = changed
      complaints += wrong
    }
    let assets = assets(environment, &complaints)

    var files: [FeedFile] = []
    for name in names.sorted() where !name.hasPrefix(".") && name != "hosts.yaml" {
      let path = "\(folder)/\(name)"
      if name.hasSuffix(".yml") {
        complaints.append(
          FeedComplaint(
            .file(path, line: 1, column: 1), "a feed's file ends with .yaml",
            cure: "rename it to \(name.dropLast(4)).yaml"))
      }
      guard name.hasSuffix(".yaml") else { continue }
      guard let bytes = bytes(path, &complaints) else { continue }
      let file = FeedFile(
        bytes, id: String(name.dropLast(5)), file: path, hosts: declared.map { _ in hosts }, signals: signals,
        assets: assets)
      complaints += file.complaints
      files.append(file)
    }
    complaints += signalsWithTwoLiveSources(files) + hostsAskedTooOften(files, declared ?? [:])
    guard complaints.isEmpty else { throw FeedsRefused(complaints) }
    return FeedCatalog(
      feeds: files.compactMap(\.feed), hosts: hosts.values.sorted { $0.id < $1.id })
  }

  package subscript(id: String) -> Feed? { feeds.first { $0.id == id } }

  // MARK: - Files

  private static func bytes(_ path: String, _ complaints: inout [FeedComplaint]) -> [UInt8]? {
    if let data = FileManager.default.contents(atPath: path) { return [UInt8](data) }
    complaints.append(
      FeedComplaint(.file(path, line: 1, column: 1), "the file cannot be read", cure: "make it readable, or remove it"))
    return nil
  }

  /// nil where hosts.yaml is not understood, so that the feeds' hosts are not called unknown as well.
  private static func hosts(
    _ folder: String, isThere: Bool, _ complaints: inout [FeedComplaint]
  ) -> [String: Host]? {
    let path = "\(folder)/hosts.yaml"
    guard isThere else {
      complaints.append(
        FeedComplaint(
          .file(path, line: 1, column: 1), "there is no hosts.yaml",
          cure: "write it as docs/feeds.md shows, or name another folder with --feeds"))
      return nil
    }
    guard let bytes = bytes(path, &complaints) else { return nil }
    let file = HostsFile(bytes, file: path)
    complaints += file.complaints
    return file.complaints.isEmpty ? file.hosts : nil
  }

  private static func assets(
    _ environment: [String: String], _ complaints: inout [FeedComplaint]
  ) -> [AxleAsset]? {
    do {
      guard let text = try CredentialSetting.value(AxleAsset.setting, in: environment) else { return nil }
      let (assets, complaint) = AxleAsset.list(text)
      if let complaint { complaints.append(complaint) }
      return assets
    } catch {
      complaints.append(
        FeedComplaint(.setting("\(error.name)_FILE"), "\(error.path) cannot be read", cure: "name a file that can be"))
      return nil
    }
  }

  // MARK: - What one file cannot know alone

  /// Two live feeds that yield one signal would contradict one another for ever, each revision undoing the other's.
  private static func signalsWithTwoLiveSources(_ files: [FeedFile]) -> [FeedComplaint] {
    var complaints: [FeedComplaint] = []
    var owners: [String: String] = [:]
    for file in files {
      guard let feed = file.feed, feed.schedule != nil else { continue }
      for signal in feed.signals {
        if let owner = owners[signal.name] {
          complaints.append(
            FeedComplaint(
              file.signalPlaces[signal.name] ?? file.schedulePlace,
              "\(signal.name) already comes live from \(owner)",
              cure: "write schedule: none in one of the two, or name another signal"))
        } else {
          owners[signal.name] = feed.id
        }
      }
    }
    return complaints
  }

  /// Rounds that ask more often than their host allows fall ever further behind.
  private static func hostsAskedTooOften(_ files: [FeedFile], _ declared: [String: Host]) -> [FeedComplaint] {
    var complaints: [FeedComplaint] = []
    for (id, host) in declared.sorted(by: { $0.key < $1.key }) {
      guard case .perMinute(let allowed) = host.rate else { continue }
      var asked = 0.0
      for file in files {
        guard let feed = file.feed, feed.host.id == id, let calls = feed.callsPerMinute else { continue }
        asked += calls
        // The rates are fractions such as 1/2 + 1/2: compared with a little room.
        guard asked > allowed * 1.000_001 else { continue }
        complaints.append(
          FeedComplaint(
            file.schedulePlace,
            "with this feed \(id) is asked \(short(asked)) times a minute, and its rate is \(short(allowed))",
            cure: "write a longer every or a shorter lookback"))
        break
      }
    }
    return complaints
  }

  private static func short(_ number: Double) -> String {
    let tenths = (number * 10).rounded(.up) / 10
    return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
  }
}

extension Feed {
  /// Requests that its schedule makes, pages and retries not counted; nil where it is never asked live.
  package var callsPerMinute: Double? {
    guard let schedule else { return nil }
    let days = Int((schedule.lookback / Duration.days(1)).rounded(.up)) + 1
    let requests =
      switch (span, reading) {
      case (_, .axleSchedule(let assets)): max(1, assets.count)
      case (.settlementDay, _): days
      case (.days(let count), _): (days + count - 1) / count
      case (.calendarYear, _), (.wholeFile, _): 1
      }
    return Double(requests) / (schedule.every / Duration.minutes(1))
  }
}
