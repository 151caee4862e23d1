import Foundation
import Market
import Synchronization
import Testing

@testable import FluxMetrics

@Suite struct `What the collector tells Prometheus` {
  private let start = Instant(seconds: 1_800_000_000)

  /// A sample's value by its series, as in `flux_market_flags_total{feed="f"}`.
  private func samples(_ metrics: CollectorMetrics) -> [String: String] {
    var samples: [String: String] = [:]
    for line in metrics.text().split(separator: "\n") where !line.hasPrefix("#") {
      let end = line.lastIndex(of: " ") ?? line.startIndex
      samples[String(line[..<end])] = String(line[end...].dropFirst())
    }
    return samples
  }

  @Test func `The series of a feed and a host are there before anything happens, and unknown is no 0`() {
    let metrics = CollectorMetrics(version: "1.2.3", now: { start })
    metrics.announce(feed: "f", every: .minutes(5))
    metrics.announce(host: "h")
    let samples = samples(metrics)
    for outcome in FetchOutcome.allCases {
      #expect(samples["flux_market_fetches_total{feed=\"f\",outcome=\"\(outcome)\"}"] == "0")
    }
    for name in ["received", "inserted", "unchanged", "rejected"] {
      #expect(samples["flux_market_observations_\(name)_total{feed=\"f\"}"] == "0")
    }
    #expect(samples["flux_market_fetch_duration_seconds_count{feed=\"f\"}"] == "0")
    #expect(samples["flux_market_feed_interval_seconds{feed=\"f\"}"] == "300")
    #expect(samples["flux_market_host_lease_held{host=\"h\"}"] == "0")
    #expect(samples["flux_market_host_excess_calls_total{host=\"h\"}"] == "0")
    #expect(samples["flux_market_build_info{version=\"1.2.3\"}"] == "1")
    #expect(samples["flux_market_start_timestamp_seconds"] == "1800000000")
    #expect(!samples.keys.contains { $0.hasPrefix("flux_market_feed_last_success") })
    #expect(!samples.keys.contains { $0.hasPrefix("flux_market_feed_lag") })
    #expect(!samples.keys.contains { $0.hasPrefix("flux_market_database") })
  }

  @Test func `Each event changes its series`() {
    let clock = Mutex(start)
    let metrics = CollectorMetrics(version: "1", now: { clock.withLock { $0 } })
    metrics.fetched(feed: "f", outcome: .success, in: .milliseconds(80))
    metrics.fetched(feed: "f", outcome: .limited, in: .milliseconds(20))
    let counts = ObservationCounts(received: 96, inserted: 2, unchanged: 94, rejected: 1, flagged: 3)
    metrics.loaded(feed: "f", counts: counts, newest: start, in: .milliseconds(2))
    // A backfilled day does not make the feed older.
    metrics.loaded(feed: "f", counts: counts, newest: start.advanced(by: .days(-9)), in: .milliseconds(2))
    metrics.ended(feed: "f", attemptedAt: start, succeeded: true, failures: 0, nextRun: start.advanced(by: .minutes(5)))
    metrics.ended(feed: "f", attemptedAt: start.advanced(by: .minutes(5)), succeeded: false, failures: 1, nextRun: nil)
    metrics.leftOut(feed: "f")
    metrics.budget(host: "h", waiting: 3)
    metrics.holds(host: "h", epoch: 12, renewedAt: start)
    metrics.exceeded(host: "h", calls: 4)
    metrics.token(host: "h", expiry: start.advanced(by: .hours(1)))
    metrics.spool(isUp: true)
    metrics.spool(SpoolFill(bytes: 4_096, batches: 2, observations: 96, oldest: start, limit: 1 << 30, setAside: 1))
    metrics.database(isUp: false)
    metrics.clock(difference: .milliseconds(-1_500))
    metrics.loggedError(subsystem: "Collector")
    clock.withLock { $0 = start.advanced(by: .seconds(90)) }
    let samples = samples(metrics)
    let expected = [
      "fetches_total{feed=\"f\",outcome=\"success\"}": "1", "fetches_total{feed=\"f\",outcome=\"limited\"}": "1",
      "fetch_duration_seconds_sum{feed=\"f\"}": "0.1", "load_duration_seconds_count{feed=\"f\"}": "2",
      "observations_received_total{feed=\"f\"}": "192", "observations_inserted_total{feed=\"f\"}": "4",
      "observations_unchanged_total{feed=\"f\"}": "188", "observations_rejected_total{feed=\"f\"}": "2",
      "flags_total{feed=\"f\"}": "6", "feed_lag_seconds{feed=\"f\"}": "90", "late_ticks_total{feed=\"f\"}": "1",
      "feed_last_attempt_timestamp_seconds{feed=\"f\"}": "1800000300",
      "feed_last_success_timestamp_seconds{feed=\"f\"}": "1800000000",
      "feed_consecutive_failures{feed=\"f\"}": "1", "host_calls_waiting{host=\"h\"}": "3",
      "host_lease_held{host=\"h\"}": "1", "host_lease_epoch{host=\"h\"}": "12",
      "host_lease_age_seconds{host=\"h\"}": "90", "host_excess_calls_total{host=\"h\"}": "4",
      "token_expiry_timestamp_seconds{host=\"h\"}": "1800003600", "spool_up": "1", "spool_bytes": "4096", "spool_batches": "2",
      "spool_observations": "96", "spool_oldest_timestamp_seconds": "1800000000", "spool_limit_bytes": "1073741824",
      "spool_set_aside_batches": "1", "database_up": "0", "database_clock_difference_seconds": "-1.5",
      "log_errors_total{subsystem=\"Collector\"}": "1",
    ]
    for (name, value) in expected { #expect(samples["flux_market_\(name)"] == value, "\(name)") }
    // No further run is known: the one before is not left standing.
    #expect(samples["flux_market_feed_next_run_timestamp_seconds{feed=\"f\"}"] == nil)
  }

  @Test func `What is given up leaves no gauge behind`() {
    let metrics = CollectorMetrics(version: "1", now: { start })
    metrics.announce(feed: "f", every: .minutes(5))
    metrics.remembered(feed: "f", lastSuccess: start, newest: start, failures: 2)
    metrics.announce(host: "h")
    metrics.holds(host: "h", epoch: 1, renewedAt: start)
    metrics.lost(host: "h")
    #expect(samples(metrics)["flux_market_host_lease_held{host=\"h\"}"] == "0")
    #expect(samples(metrics)["flux_market_host_lease_age_seconds{host=\"h\"}"] == nil)
    metrics.forget(feed: "f")
    metrics.forget(host: "h")
    let left = samples(metrics).keys.filter { $0.contains("feed_") || $0.contains("_lease_") }
    #expect(left.isEmpty, "\(left)")
  }

  @Test func `An alert asks for series that there are, and the documentation has each alert`() throws {
    func text(_ path: String) throws -> String {
      let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
      return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
    let rules = try text("ops/alerts.yaml")
    let names = Set(
      CollectorMetrics(version: "1", now: { start }).text().split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
        .compactMap { $0.split(separator: " ").dropFirst(2).first.map(String.init) })
    let asked = Set(rules.matches(of: /flux_market_\w+/).map { String($0.output) })
    #expect(asked.count > 10 && asked.isSubset(of: names), "\(asked.subtracting(names))")
    let manual = try text("docs/operating.md")
    let alerts = rules.matches(of: /alert: (\w+)/).map { String($0.output.1) }
    #expect(alerts.count == 13)
    for alert in alerts { #expect(manual.contains("| \(alert) |"), "\(alert)") }
  }

  @Test(.enabled(if: Promtool.path != nil, "promtool is not installed: apt-get install prometheus"))
  func `promtool has nothing to complain of`() throws {
    let metrics = CollectorMetrics(version: "1", now: { start })
    metrics.announce(feed: "f", every: .minutes(5))
    metrics.fetched(feed: "f", outcome: .success, in: .milliseconds(80))
    let counts = ObservationCounts(received: 1, inserted: 1, unchanged: 0, rejected: 0, flagged: 0)
    metrics.loaded(feed: "f", counts: counts, newest: start, in: .milliseconds(2))
    metrics.ended(feed: "f", attemptedAt: start, succeeded: true, failures: 0, nextRun: start)
    metrics.announce(host: "h")
    metrics.holds(host: "h", epoch: 1, renewedAt: start)
    metrics.token(host: "h", expiry: start)
    metrics.spool(isUp: true)
    metrics.spool(SpoolFill(bytes: 1, batches: 1, observations: 1, oldest: start, limit: 2, setAside: 0))
    metrics.database(isUp: true)
    metrics.clock(difference: .zero)
    metrics.loggedError(subsystem: "Collector")
    #expect(try Promtool.check(metrics.text()) == "")
    // And it would complain.
    #expect(try Promtool.check("# HELP a A.\n# TYPE a counter\na 1\n") != "")
  }
}

/// Prometheus's own checker of what is exposed to it.
private enum Promtool {
  static let path = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    .map { $0 + "/promtool" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  /// - Returns: its complaints; empty where there are none.
  static func check(_ text: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path ?? "/nowhere")
    process.arguments = ["check", "metrics"]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let complaints = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return complaints + (process.terminationStatus == 0 ? "" : "status \(process.terminationStatus)")
  }
}
