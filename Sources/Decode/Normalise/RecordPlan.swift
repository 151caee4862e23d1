import Feeds
import Market

/// A feed's record rule with each field's name replaced by the number of its slot.
struct RecordPlan: Sendable {
  enum Time: Sendable {
    case settlementPeriod(date: Int, form: DateForm, period: Int)
    case instant(Int)
    case london(Int, form: DateForm)

    /// Of the date, or of the time as a whole; of the period, where there is one.
    var slots: (first: Int, second: Int) {
      switch self {
      case .settlementPeriod(let date, _, let period): (date, period)
      case .instant(let slot), .london(let slot, _): (slot, slot)
      }
    }
  }

  /// Numbers alone, so that handing it about counts no references: it is read for every value of every record.
  struct Value: Sendable {
    let slot: Int
    let signal: Int32
    let scale: Double
    let isNullable: Bool
    let isText: Bool
    /// Infinite where the feed names no range.
    let lowest, highest: Double
  }

  struct Mean: Sendable {
    let over: Int
    let weight: Int
    let overField: String
    let weightField: String
    let isWeightText: Bool
  }

  struct Filter: Sendable {
    let slot: Int
    let accepted: [[UInt8]]
  }

  /// The wanted fields, in the order of their slots.
  let fields: [String]
  let time: Time
  let values: [Value]
  /// The unit of each signal, by its id, for people.
  let units: [Int32: String]
  let mean: Mean?
  let filters: [Filter]
  /// The field that tells a value's age, as `revisit.until` names it.
  let age: Int?

  init(_ rule: RecordRule, of feed: Feed) {
    var fields: [String] = []
    func slot(_ field: String) -> Int {
      if let known = fields.firstIndex(of: field) { return known }
      fields.append(field)
      return fields.count - 1
    }
    time =
      switch rule.time {
      case .settlementPeriod(let date, let form, let period):
        .settlementPeriod(date: slot(date), form: form, period: slot(period))
      case .instant(let field): .instant(slot(field))
      case .london(let field, let form): .london(slot(field), form: form)
      }
    // CSV knows only text: every cell may be a number, and an empty cell stands for null.
    let isCSV = feed.format != .json
    values = rule.values.map {
      let plausible = feed.quality.plausible[$0.signal.name]
      return Value(
        slot: slot($0.field), signal: $0.signal.id, scale: $0.scale, isNullable: $0.isNullable,
        isText: $0.isText || isCSV, lowest: plausible?.lowerBound ?? -.infinity,
        highest: plausible?.upperBound ?? .infinity)
    }
    units = Dictionary(rule.values.map { ($0.signal.id, $0.signal.unit.description) }) { first, _ in first }
    mean = rule.mean.map {
      let weight = $0.weight
      return Mean(
        over: slot($0.over), weight: slot(weight), overField: $0.over, weightField: weight,
        isWeightText: isCSV || rule.values.contains { $0.field == weight && $0.isText })
    }
    filters = rule.filters.map { Filter(slot: slot($0.field), accepted: $0.accepted.map { Array($0.utf8) }) }
    age = feed.revisit.until.map { slot($0.field) }
    self.fields = fields
  }
}
