internal import Market
internal import Yams

extension FeedReader {
  /// Further back than this is work for `backfill`.
  static let longestLookback = Duration.days(31)

  /// - Returns: nil where it was refused, `.some(nil)` for `none`.
  func schedule(_ node: Node, span: RequestSpan?) -> Schedule?? {
    if case .scalar(let scalar) = node, scalar.string == "none" { return .some(nil) }
    if case .scalar = node {
      nodes.complain(
        at: node, "schedule is \(nodes.kind(node))", cure: "write { every: 5 min, lookback: 2 days }, or none")
      return nil
    }
    guard
      let entries = nodes.mapping(
        node, "schedule", keys: ["every", "offset", "jitter", "lookback", "while missing"])
    else { return nil }
    let count = nodes.count
    let every = nodes.required("every", in: entries, form: "5 min")
      .flatMap { nodes.duration($0, "every", form: "5 min") }
    let offset = entries["offset"].map(offset) ?? (.zero, .clock)
    let jitter = entries["jitter"].map { nodes.duration($0, "jitter", form: "10 s") } ?? .zero
    let whileMissing = entries["while missing"].flatMap { nodes.duration($0, "while missing", form: "1 min") }
    if let every {
      if every == .zero {
        nodes.complain(at: entries["every"], "every is 0", cure: "write the time between two rounds, such as 5 min")
      } else {
        limit("offset", offset?.duration, to: every, entries)
        limit("jitter", jitter, to: every, entries)
        limit("while missing", whileMissing, to: every, entries)
        if let offset, offset.origin != .clock, every.microseconds % Self.halfHour.microseconds != 0 {
          nodes.complain(
            at: entries["every"], "every \(DurationText(every)) is not a whole number of settlement periods",
            cure: "write 30 min, or an offset without the period's \(offset.origin == .periodEnd ? "end" : "start")")
        }
      }
    }
    if let whileMissing, let offset {
      if whileMissing == .zero {
        nodes.complain(
          at: entries["while missing"], "while missing is 0", cure: "write how soon to ask again, such as 1 min")
      } else if offset.origin == .clock || span == .wholeFile {
        nodes.complain(
          at: entries.key("while missing"), "nothing says when a period is expected, so none is missing",
          cure: "write an offset such as 15 min after the period's end, or remove it")
      }
    }
    let lookback = lookback(entries, span: span)
    guard nodes.count == count, let every, let offset, let jitter, let lookback else { return nil }
    return Schedule(
      every: every, offset: offset.duration, origin: offset.origin, jitter: jitter, lookback: lookback,
      whileMissing: whileMissing)
  }

  private static let halfHour = Duration.minutes(30)

  /// Complains of a part that is not shorter than the whole interval.
  private func limit(_ name: String, _ part: Duration?, to every: Duration, _ entries: NodeReader.Entries) {
    guard let part, part >= every, part > .zero else { return }
    nodes.complain(
      at: entries[name], "\(name) \(DurationText(part)) is not less than every \(DurationText(every))",
      cure: "write less than \(DurationText(every))")
  }

  /// `1 min`, `15 min after the period's end`.
  private func offset(_ node: Node) -> (duration: Duration, origin: Schedule.Origin)? {
    let form = "1 min, or 15 min after the period's end"
    guard let text = nodes.text(node, "offset", form: form) else { return nil }
    let endings: [(String, Schedule.Origin)] = [
      (" after the period's start", .periodStart), (" after the period's end", .periodEnd),
    ]
    for (ending, origin) in endings where text.hasSuffix(ending) {
      if let offset = DurationText(String(text.dropLast(ending.count))) { return (offset.duration, origin) }
      nodes.complain(at: node, "offset is \"\(text)\"", cure: "write a duration before the words: \(form)")
      return nil
    }
    return nodes.duration(node, "offset", form: "1 min").map { ($0, .clock) }
  }

  private func lookback(_ entries: NodeReader.Entries, span: RequestSpan?) -> Duration? {
    if span == .wholeFile {
      if let key = entries.key("lookback") {
        nodes.complain(at: key, "lookback says nothing with window: whole file", cure: "remove it")
      }
      return .zero
    }
    guard span != nil || entries["lookback"] != nil else { return .zero }
    guard let node = nodes.required("lookback", in: entries, form: "2 days"),
      let lookback = nodes.duration(node, "lookback", form: "2 days")
    else { return nil }
    if lookback == .zero {
      nodes.complain(at: node, "lookback is 0", cure: "write how far back each round asks, such as 2 days")
    } else if lookback > Self.longestLookback {
      nodes.complain(
        at: node, "lookback \(DurationText(lookback)) is too long",
        cure: "write at most \(DurationText(Self.longestLookback)); older days are for backfill")
    }
    return lookback
  }

  /// `{ ages: [1 day, 7 days] }`, or `{ until: { FIELD: 24 h past the period's end }, for: 7 days }`.
  func revisit(_ node: Node, span: RequestSpan?) -> Revisit? {
    guard let entries = nodes.mapping(node, "revisit", keys: ["ages", "until", "for"]) else { return nil }
    if span == .wholeFile {
      nodes.complain(at: node, "revisit says nothing with window: whole file", cure: "remove it")
      return nil
    }
    switch (entries["ages"], entries["until"]) {
    case (let ages?, nil):
      if let key = entries.key("for") {
        nodes.complain(at: key, "for goes with until", cure: "remove it; the last age says how long")
        return nil
      }
      return self.ages(ages)
    case (nil, let until?):
      let limit = entries["for"].map { nodes.duration($0, "for", form: "7 days") } ?? .days(7)
      if limit == .zero { nodes.complain(at: entries["for"], "for is 0", cure: "write how long, such as 7 days") }
      guard let until = self.until(until), let limit, limit > .zero else { return nil }
      return Revisit(until: until, limit: limit)
    default:
      nodes.complain(
        at: node, "revisit needs ages or until, and not both",
        cure: "write { ages: [1 day, 7 days] } or { until: { FIELD: 24 h past the period's end }, for: 7 days }")
      return nil
    }
  }

  private func ages(_ node: Node) -> Revisit? {
    guard let list = nodes.list(node, "ages", form: "[1 day, 7 days]") else { return nil }
    let ages = list.compactMap { nodes.duration($0, "an age", form: "1 day") }
    guard ages.count == list.count, let last = ages.last else { return nil }
    guard ages[0] > .zero, zip(ages, ages.dropFirst()).allSatisfy({ $0 < $1 }) else {
      nodes.complain(at: node, "ages do not grow", cure: "write each age once, the smallest first, from more than 0")
      return nil
    }
    return Revisit(ages: ages, limit: last)
  }

  private func until(_ node: Node) -> Revisit.Until? {
    let form = "24 h past the period's end"
    guard let entries = nodes.mapping(node, "until") else { return nil }
    guard entries.pairs.count == 1 else {
      nodes.complain(at: node, "until names \(entries.pairs.count) fields", cure: "write one, { FIELD: \(form) }")
      return nil
    }
    let entry = entries.pairs[0]
    guard let text = nodes.text(entry.value, entry.name, form: form) else { return nil }
    let ending = " past the period's end"
    guard text.hasSuffix(ending), let age = DurationText(String(text.dropLast(ending.count))), age.duration > .zero
    else {
      nodes.complain(at: entry.value, "\(entry.name) is \"\(text)\"", cure: "write a duration and the words: \(form)")
      return nil
    }
    return Revisit.Until(field: entry.name, pastPeriodEnd: age.duration)
  }
}
