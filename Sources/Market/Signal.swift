/// A kind of measurement: a row of `flux.market_data_types`.
package struct Signal: Hashable, Sendable {
  package let id: Int32
  package let name: String
  package let unit: Unit

  package init(id: Int32, name: String, unit: Unit) {
    self.id = id
    self.name = name
    self.unit = unit
  }

  /// The first id that is a user's own to give; all below it are Flux's.
  package static let firstRegisteredID: Int32 = 1001

  // 1 to 4 as upstream's schema prints them.
  /// Net imbalance volume while the half hour runs, as mean power; positive when the system is short.
  package static let nivEstimate = Signal(id: 1, name: "niv_estimate", unit: .megawatt)
  package static let wholesalePrice = Signal(id: 2, name: "wholesale_price", unit: .poundsPerMegawattHour)
  package static let imbalancePrice = Signal(id: 3, name: "imbalance_price", unit: .poundsPerMegawattHour)
  /// Power that Axle asks of the batteries; positive is discharge.
  package static let axleDispatch = Signal(id: 4, name: "axle_dispatch", unit: .kilowatt)
  // 101 on are ours.
  package static let nivOutturn = Signal(id: 101, name: "niv_outturn", unit: .megawatt)
  package static let imbalancePriceEstimate = Signal(
    id: 102, name: "imbalance_price_estimate", unit: .poundsPerMegawattHour)
  package static let imbalancePriceSettled = Signal(
    id: 103, name: "imbalance_price_settled", unit: .poundsPerMegawattHour)
  package static let nivSettled = Signal(id: 104, name: "niv_settled", unit: .megawatt)
  package static let wholesaleVolume = Signal(id: 105, name: "wholesale_volume", unit: .megawattHour)

  /// Whether it has a value for each settlement period. A schedule has one where a step begins, and it holds until the
  /// next.
  package var isHalfHourly: Bool { id != Signal.axleDispatch.id }

  /// The signals that every Flux database has.
  package static let standard: [Signal] = [
    nivEstimate, wholesalePrice, imbalancePrice, axleDispatch, nivOutturn, imbalancePriceEstimate,
    imbalancePriceSettled, nivSettled, wholesaleVolume,
  ]
}

/// The unit of a signal, as `flux.market_data_types.unit` spells it.
///
/// Open, since users register signals of their own; the named ones are those that our feeds yield.
package struct Unit: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ name: String) { description = name }

  package static let megawatt = Unit("MW")
  package static let megawattHour = Unit("MWh")
  package static let kilowatt = Unit("kW")
  package static let poundsPerMegawattHour = Unit("£/MWh")
}
