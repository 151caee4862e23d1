import Market
import Postgres
import Store
import Support
import Testing

/// A history of revisions that arrive in and out of order, and every question that can be asked of it, answered by the
/// database and by a few lines that look at all revisions.
@Suite struct `What was known, against a plain model` {
  /// 2024-01-01T00:00:00Z.
  private static let origin = Instant(seconds: 1_704_067_200)
  private static let halfHours: Int64 = 120

  private struct Answer: Hashable {
    var signal: Int32
    var time: Instant
    var value: Float
    var metadata: String?
    var observedAt: Instant?
    var number: Int?
    var previousValue: Float?
    var previousObservedAt: Instant?

    init(_ key: Twin.Key, _ revision: Twin.Revision) {
      (signal, time) = (key.signal, key.time)
      (value, metadata, observedAt) = (revision.value, revision.metadata, revision.createdAt)
    }

    init(_ value: HistoryReader.Value) {
      (signal, time) = (value.signal, value.time)
      (self.value, metadata, observedAt) = (value.value, value.metadata, value.observedAt)
      number = value.place?.number
      previousValue = value.place?.previousValue
      previousObservedAt = value.place?.previousObservedAt
    }
  }

  /// Loads batches whose instants of observation jump back and forth, before and after the values' own times.
  private func load(_ db: Connection, _ generator: inout SeededGenerator) async throws -> Twin {
    let loader = try await Loader(connection: db, source: "test")
    var twin = Twin()
    for _ in 0..<60 {
      let hours = Int64.random(in: -48..<168, using: &generator)
      let observedAt = Self.origin.advanced(
        by: .microseconds(hours * 3_600_000_000 + Int64.random(in: 0..<3, using: &generator)))
      var batch = Batch(feed: "test", window: nil, observedAt: observedAt)
      for _ in 0..<Int.random(in: 1...60, using: &generator) {
        batch.observations.append(
          Observation(
            time: time(&generator), signal: Int32.random(in: 1...3, using: &generator),
            value: [0, 1, -2.5, 0.1, 9_000].randomElement(using: &generator) ?? 0))
      }
      if Bool.random(using: &generator) {
        batch.metadata = batch.observations.map { _ in ["{\"a\": 1}", nil].randomElement(using: &generator) ?? nil }
      }
      _ = try await loader.load([batch])
      _ = twin.load(batch.observations, metadata: batch.metadata, observedAt: batch.observedAt)
    }
    return twin
  }

  private func time(_ generator: inout SeededGenerator) -> Instant {
    Self.origin.advanced(by: .seconds(1_800 * Int64.random(in: 0..<Self.halfHours, using: &generator)))
  }

  private func question(_ generator: inout SeededGenerator) -> (HistoryReader.View, [Int32], Window) {
    let ends = [time(&generator), time(&generator)].sorted()
    let signals = Array([Int32](1...3).shuffled(using: &generator).prefix(Int.random(in: 1...3, using: &generator)))
    // About the instants at which something was observed, a microsecond before and after among them.
    let hours = Int64.random(in: -50..<170, using: &generator)
    let near = hours * 3_600_000_000 + Int64.random(in: -1..<4, using: &generator)
    let view: HistoryReader.View =
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: .current
      case 1: .firstRelease
      case 2: .revisions
      case 3: .asOfLead(.microseconds(-near))
      case 4: .revisionsAsOf(Self.origin.advanced(by: .microseconds(near)))
      default: .asOf(Self.origin.advanced(by: .microseconds(near)))
      }
    return (view, signals, Window(from: ends[0], to: ends[1]))
  }

  private func expected(_ view: HistoryReader.View, _ signals: [Int32], _ window: Window, _ twin: Twin) -> [Answer] {
    var answers: [Answer] = []
    for (key, revisions) in twin.history where signals.contains(key.signal) && window.contains(key.time) {
      let chosen: Twin.Revision?
      switch view {
      case .current: chosen = revisions.last
      case .firstRelease: chosen = revisions.first
      case .asOf(let instant): chosen = revisions.last { $0.createdAt <= instant }
      case .asOfLead(let lead): chosen = revisions.last { $0.createdAt <= key.time.advanced(by: .zero - lead) }
      case .revisions:
        answers += versions(key, revisions)
        continue
      case .revisionsAsOf(let instant):
        answers += versions(key, revisions).filter { $0.observedAt.map { $0 <= instant } ?? true }
        continue
      }
      if let chosen { answers.append(Answer(key, chosen)) }
    }
    func order(_ answer: Answer) -> (Instant, Int, Instant) {
      (answer.time, signals.firstIndex(of: answer.signal) ?? 0, answer.observedAt ?? answer.time)
    }
    return answers.sorted { order($0) < order($1) }
  }

  /// Equal neighbours are one.
  private func versions(_ key: Twin.Key, _ revisions: [Twin.Revision]) -> [Answer] {
    var versions: [Answer] = []
    for revision in revisions {
      let last = versions.last
      if let last, last.value == revision.value, last.metadata == revision.metadata { continue }
      var answer = Answer(key, revision)
      answer.number = versions.count + 1
      answer.previousValue = last?.value
      answer.previousObservedAt = last?.observedAt
      versions.append(answer)
    }
    return versions
  }

  @Test(arguments: 0..<4) func `A thousand random questions are answered as the model answers them`(
    round: Int
  ) async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    try await TestDatabase.withConnection { db async throws in
      var generator = SeededGenerator(seed: seed)
      let twin = try await load(db, &generator)
      for number in 0..<1_000 {
        let (view, signals, window) = question(&generator)
        let gathered = Gathered<HistoryReader.Value>()
        try await HistoryReader(connection: db, signals: signals, window: window).values(view) { gathered.add($0) }
        let wanted = expected(view, signals, window, twin)
        #expect(
          gathered.items.map(Answer.init) == wanted,
          "question \(number): \(view) of \(signals) in \(window), seed \(seed)")
      }
    }
  }

  @Test func `The vintages are the instants at which a version appeared, each with its counts`() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    try await TestDatabase.withConnection { db async throws in
      var generator = SeededGenerator(seed: seed)
      let twin = try await load(db, &generator)
      for number in 0..<200 {
        let (_, signals, window) = question(&generator)
        let gathered = Gathered<HistoryReader.Vintage>()
        try await HistoryReader(connection: db, signals: signals, window: window).vintages { gathered.add($0) }
        let versions = expected(.revisions, signals, window, twin)
        let instants = Set(versions.compactMap(\.observedAt)).sorted()
        #expect(gathered.items.map(\.observedAt) == instants, "question \(number), seed \(seed)")
        for vintage in gathered.items {
          let learnt = versions.filter { $0.observedAt == vintage.observedAt }
          #expect(vintage.first == learnt.count { $0.number == 1 }, "question \(number), seed \(seed)")
          #expect(vintage.revised == learnt.count { $0.number != 1 }, "question \(number), seed \(seed)")
          let times = learnt.map(\.time).sorted()
          #expect(vintage.earliest == times.first && vintage.latest == times.last, "question \(number), seed \(seed)")
        }
      }
    }
  }
}
