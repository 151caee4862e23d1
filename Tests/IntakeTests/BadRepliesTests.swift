import Decode
import FeedSupport
import Fetch
import Intake
import Market
import Simulator
import Support
import Testing

/// Every fault that the simulator has, over real HTTP.
@Suite struct `A reply that is bad` {
  private static let day = "2025-11-20"

  /// Asks for a day of system prices while `fault` befalls every answer.
  private func read(_ fault: String, day: String = day) async throws -> Result<Batch, any Error> {
    let plan = try FaultPlan(specification: fault)
    return try await TestFeeds.simulated(try TestClock("2025-12-01T12:00:00Z"), { $0.faults = plan }) { feeds in
      do {
        return .success(try await feeds.intake("elexon-system-price").read(try feeds.days(day)))
      } catch { return .failure(error) }
    }
  }

  struct Whole: Sendable, CustomTestStringConvertible {
    let fault, words: String
    /// What the sample that is kept has in it; nil where nothing is kept.
    var sample: String? = nil

    var testDescription: String { fault }
  }

  @Test(arguments: [
    Whole(
      fault: "html", words: "a web page (text/html) came instead of data: Down for repair", sample: "<!doctype html>"),
    Whole(fault: "empty", words: "the reply is empty", sample: ""),
    Whole(fault: "truncated", words: "the reply is broken at byte", sample: #"{"metadata""#),
    Whole(fault: "type", words: "image/png came instead of data", sample: #"{"metadata""#),
    Whole(fault: "gzip", words: "the compressed reply cannot be unpacked", sample: "no body"),
    Whole(fault: "bomb=80", words: "the reply is larger than 67108864 bytes", sample: "\u{FFFD}\u{FFFD}"),
    Whole(fault: "endless", words: "the reply is larger than 67108864 bytes", sample: #"{"metadata""#),
    Whole(fault: "reset", words: "the connection broke before the whole reply was here"),
    Whole(fault: "outage", words: "the connection broke before the whole reply was here"),
    Whole(fault: "loop", words: "redirected more than 5 times", sample: "no body"),
    Whole(fault: "elsewhere=https", words: "to another place, https://elsewhere.invalid port 443", sample: "no body"),
    Whole(fault: "elsewhere=http", words: "to another place, http://elsewhere.invalid port 80", sample: "no body"),
    Whole(fault: "elsewhere=ftp", words: "to another place, ftp://elsewhere.invalid port 21", sample: "no body"),
    Whole(fault: "elsewhere=file", words: "to another place, file:", sample: "no body"),
    Whole(fault: "status=400", words: "the server answered 400 Bad Request: simulated 400", sample: "simulated 400"),
    Whole(fault: "status=401", words: "the server answered 401 Unauthorized"),
    Whole(fault: "status=404", words: "the server answered 404 Not Found", sample: "simulated 404"),
    Whole(fault: "status=429+17s", words: "asked to wait 17 s"),
    // The server's own Date is up to a second old.
    Whole(fault: "status=429~12s", words: "asked to wait 1"),
    Whole(fault: "status=500", words: "the server answered 500"),
    Whole(fault: "status=503", words: "the server answered 503"),
    Whole(fault: "nan", words: "the reply is broken at byte", sample: #"{"metadata""#),
    Whole(fault: "day", words: "the reply is wholly of another time", sample: #""settlementDate":"2024-11-21""#),
  ])
  func `As a whole is an error that says why, and what somebody should look into is kept`(item: Whole) async throws {
    guard case .failure(let error) = try await read(item.fault) else {
      Issue.record("it was read")
      return
    }
    #expect("\(error)".contains(item.words), "\(error)")
    let london = try TestFeeds.london()
    let date = try #require(SettlementDate(Self.day))
    let window = Window(from: date, through: date, in: london)
    let kept = Reject(failed: error, feed: "elexon-system-price", window: window)
    guard let sample = item.sample else {
      // A reset may come before or behind the half of the body that was sent.
      #expect(kept == nil || item.fault == "reset", "\(String(describing: kept))")
      return
    }
    #expect(kept?.time == window.description && kept?.field == "" && kept?.reason.isEmpty == false)
    #expect(kept?.url?.hasSuffix("/balancing/settlement/system-prices/2025-11-20") == true)
    if sample == "no body" {
      #expect(kept?.sample == nil)
    } else {
      #expect(kept?.sample?.hasPrefix(sample) == true || kept?.sample?.contains(sample) == true)
      #expect(kept?.sample?.unicodeScalars.count ?? 0 <= Reject.replyBytes)
    }
  }

  struct Part: Sendable, CustomTestStringConvertible {
    let fault, reason: String
    var day = `A reply that is bad`.day
    /// Observations that do not go in.
    let lost: Int

    var testDescription: String { fault }
  }

  @Test(arguments: [
    Part(fault: "text", reason: "is text, not a number", lost: 1),
    Part(fault: "huge", reason: "is beyond the range of PostgreSQL's real", lost: 1),
    Part(fault: "null", reason: "is null, which the feed does not allow", lost: 1),
    Part(fault: "period=0", reason: "is no settlement period: 2025-11-20 has 48", lost: 2),
    Part(fault: "period=51", reason: "is no settlement period: 2025-11-20 has 48", lost: 2),
    Part(fault: "period=47", reason: "is no settlement period: 2025-03-30 has 46", day: "2025-03-30", lost: 2),
    Part(fault: "disagree", reason: "disagree about the same time", lost: 1),
    Part(fault: "gone", reason: "is gone from every record: has the provider changed its form?", lost: 48),
  ])
  func `In one place loses that, with one reject that says why, and all around it goes in`(item: Part) async throws {
    let good = try await read("html:0", day: item.day).get()
    let batch = try await read(item.fault, day: item.day).get()
    #expect(batch.observations.count == good.observations.count - item.lost)
    #expect(Set(batch.observations).isSubset(of: good.observations))
    #expect(batch.rejects.map(\.reason) == [item.reason], "\(batch.rejects)")
    let reject = try #require(batch.rejects.first)
    #expect(reject.url?.hasSuffix("/balancing/settlement/system-prices/\(item.day)") == true)
    #expect(reject.isAlarm == (item.fault == "gone"))
    // Of several records that disagree none is the one to be shown.
    #expect(reject.sample?.hasPrefix(#"{"settlementDate":"\#(item.day)""#) == true || item.fault == "disagree")
    #expect(reject.sample?.hasSuffix("}") == true || item.fault == "disagree")
    let counts = batch.counts
    #expect(counts.rejected == (item.fault == "gone" ? 48 : item.fault == "disagree" ? 2 : 1))
    #expect(counts.filtered == 0 && counts.outside == 0)
  }

  @Test func `With fields that nobody knows is read like any other, and they are counted`() async throws {
    let good = try await read("html:0").get()
    let batch = try await read("unknown").get()
    #expect(batch.observations == good.observations && batch.rejects.isEmpty)
    #expect(batch.counts.unknownFields == good.counts.unknownFields + 2)
  }

  @Test func `Of an hour ago has what was out then`() async throws {
    let batch = try await read("stale=1h", day: "2025-12-01").get()
    let good = try await read("html:0", day: "2025-12-01").get()
    #expect(good.observations.count == 46 && batch.observations.count == 42 && batch.rejects.isEmpty)
  }

  @Test func `From a provider of a mean takes that half hour's mean with it, and no other`() async throws {
    for fault in ["text", "huge", "null", "disagree", "period=51"] {
      let plan = try FaultPlan(specification: fault)
      let batch = try await TestFeeds.simulated(try TestClock("2025-12-01T12:00:00Z"), { $0.faults = plan }) { feeds in
        try await feeds.intake("elexon-market-index").read(try feeds.days(Self.day))
      }
      let volumes = batch.observations.filter { $0.signal == Signal.wholesaleVolume.id }
      // A price too large for the table leaves the volume beside it as it is.
      #expect(volumes.count == (fault == "huge" ? 48 : 47) && !batch.rejects.isEmpty, "\(fault)")
      #expect(batch.observations.count == volumes.count + 47)
    }
  }
}

@Suite struct `A kept sample` {
  /// What is kept where Modo answers so, asked with a token.
  private func kept(_ body: String, type: String = "application/json") async throws -> [Reject] {
    let server = try LoopbackServer { _, connection in connection.reply(body, type: type) }
    defer { server.stop() }
    let feeds = try TestFeeds(
      server: server, clock: try TestClock("2025-12-01T12:00:00Z"), changes: ["FLUX_MODO_TOKEN": "secret/4711\"x"])
    do {
      return try await feeds.intake("modo-niv-live").read(try feeds.days("2025-11-20")).rejects
    } catch { return [try #require(Reject(failed: error, feed: "modo-niv-live", window: nil))] }
  }

  @Test func `Has no credential in it, however the reply repeats it`() async throws {
    let record = #"{"date":"2025-11-20","settlement_period":"secret\/4711\"x","niv":1,"note":"secret/4711\"x"}"#
    for (body, type) in [
      ("<html>X-Token: secret/4711\"x</html>", "text/html"), ("secret/4711\"x secret%2F4711%22x", "application/json"),
      (#"{"results":[\#(record)]}"#, "application/json"),
      // Cut off in its middle.
      (String(repeating: " ", count: 4_090) + "xecret/4711\"x".replacing("xec", with: "sec"), "application/json"),
    ] {
      let rejects = try await kept(body, type: type)
      #expect(rejects.count == 1)
      for reject in rejects {
        let printed = "\(reject) \(reject.sample ?? "") \(reject.value)"
        #expect(!printed.contains("4711") && !printed.contains("secret"), "\(printed)")
      }
    }
  }

  @Test func `Is not the only text of a reply in an error, and the others have no credential either`() async throws {
    let server = try LoopbackServer { _, connection in
      connection.reply("no file for,portal-key-4711,here\n1,2,3\n", type: "text/csv")
    }
    defer { server.stop() }
    let feeds = try TestFeeds(server: server, clock: try TestClock("2025-12-01T12:00:00Z"))
    let error = await #expect(throws: DecodeError.self) { try await feeds.intake("elexon-portal-best-view").read(nil) }
    let words = try #require(error?.description)
    #expect(words.contains("its columns are \"no file for\", \"•••\"") && !words.contains("4711"), "\(words)")
  }

  @Test func `Is a readable beginning, whatever bytes the reply has`() async throws {
    let rejects = try await kept("\u{7F}ELF\u{0}\u{1B}[2J\n" + String(repeating: "£", count: 9_000))
    let sample = try #require(rejects.first?.sample)
    #expect(sample.hasPrefix("\u{FFFD}ELF\u{FFFD}\u{FFFD}[2J\n££"))
    #expect(sample.utf8.count <= Reject.replyBytes + 16)
  }
}
