package import Market

/// How a table of records becomes observations.
package struct RecordRule: Sendable {
  /// Path from the JSON root to the array of records; empty where the root is the array, and for CSV.
  package let records: [String]
  package let time: TimeRule
  package let values: [ValueRule]
  /// Set where several records of one time are to be one.
  package let mean: MeanRule?
  /// A record is read only if each of these fields has one of its texts.
  package let filters: [Filter]

  package init(records: [String], time: TimeRule, values: [ValueRule], mean: MeanRule? = nil, filters: [Filter] = []) {
    self.records = records
    self.time = time
    self.values = values
    self.mean = mean
    self.filters = filters
  }
}

/// One field that becomes one signal's value.
package struct ValueRule: Sendable {
  package let field: String
  package let signal: Signal
  /// What the number is multiplied with to be in the signal's unit: 2 for MWh in a half hour to MW.
  package let scale: Double
  /// null or an empty cell is no value, and no fault.
  package let isNullable: Bool
  /// The provider sends the number as a JSON string. CSV knows only text, so there it says nothing.
  package let isText: Bool

  package init(field: String, signal: Signal, scale: Double = 1, isNullable: Bool = false, isText: Bool = false) {
    self.field = field
    self.signal = signal
    self.scale = scale
    self.isNullable = isNullable
    self.isText = isText
  }
}

/// Records of the same time, one for each value of `over`, become their mean weighted by `weight`.
///
/// The weight's own field is added up. A record of weight 0 carries no price: where all are 0 there is no mean, and
/// never a mean of 0. Added up in the order of `over`, so that the same records give the same bits in any order.
/// Source: BSC Section T, "Market Price": the mean of the Market Index Data weighted by volume.
package struct MeanRule: Hashable, Sendable {
  package let over: String
  package let weight: String

  package init(over: String, weight: String) {
    self.over = over
    self.weight = weight
  }
}

package struct Filter: Hashable, Sendable {
  package let field: String
  package let accepted: [String]

  package init(field: String, accepted: [String]) {
    self.field = field
    self.accepted = accepted
  }
}

/// Where a record says what time it is of.
package enum TimeRule: Hashable, Sendable {
  /// London's settlement date and the number of the half hour.
  case settlementPeriod(date: String, form: DateForm, period: String)
  /// RFC 3339; without a zone it is UTC.
  case instant(field: String)
  /// A date and time as London's clocks show it; the hour shown twice in autumn is refused.
  case london(field: String, form: DateForm)
}

/// How a date is written.
package enum DateForm: String, Hashable, Sendable, CaseIterable {
  /// 2024-01-31
  case yearMonthDay = "yyyy-MM-dd"
  /// 31/01/2024
  case dayMonthYear = "dd/MM/yyyy"
  /// 31 January 2024
  case dayMonthNameYear = "dd MMMM yyyy"
}
