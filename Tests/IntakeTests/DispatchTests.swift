import FeedSupport
import Intake
import Market
import Postgres
import Store
import Support
import Testing

/// One battery plant, its database and its schedule server. Batteries: b1 of 100 kW, b2 of 50 kW.
private struct Plant {
  let axle: AxleStandIn
  let clock: TestClock
  let intake: Intake
  let connection: Connection

  static func with(_ body: (Plant) async throws -> Void) async throws {
    let axle = AxleStandIn()
    let server = try axle.serve()
    defer { server.stop() }
    let clock = try TestClock("2025-12-01T08:00:00Z")
    let intake = try TestFeeds(server: server, clock: clock).intake("axle-battery-schedule")
    try await TestDatabase.withConnection { connection in
      try await body(Plant(axle: axle, clock: clock, intake: intake, connection: connection))
    }
  }

  /// Fetches and loads a round as a program that has just been started does.
  @discardableResult
  func round(at time: String, _ steps: [String: [String]]) async throws -> (batch: Batch, counts: LoadCounts) {
    axle.set { $0.steps = steps.mapValues { $0.joined(separator: ",") } }
    clock.set(try #require(Instant("2025-12-01T\(time):00Z")))
    let batch = try await intake.read(nil)
    let loader = try await Loader(connection: connection, source: "collect axle-battery-schedule")
    return (batch, try await loader.load([batch]))
  }

  /// `13:00 100, 14:00 0`, oldest first.
  func current() async throws -> String {
    try await lines("flux.market_data_current", "to_char(time, 'HH24:MI') || ' ' || value")
  }

  /// `13:00 100 @08:00`, by time and then as they were learnt.
  func revisions() async throws -> String {
    try await lines(
      "flux.market_data_revisions",
      "to_char(time, 'HH24:MI') || ' ' || value || ' @' || to_char(created_at, 'HH24:MI')")
  }

  private func lines(_ view: String, _ expression: String) async throws -> String {
    try await connection.query(
      """
      SELECT coalesce(string_agg(\(expression), ', ' ORDER BY time, created_at), '') FROM \(view)
      WHERE type = 4 AND time > '2000-01-01'
      """
    ).read(0, 0, as: String.self)
  }
}

@Suite struct `Axle's schedule, from HTTP into the table` {
  @Test func `Batteries are added up, and the same round again adds nothing`() async throws {
    try await Plant.with { plant in
      let steps = [
        "b1": [step("13:00", "14:00", "discharge_max")], "b2": [step("13:30", "14:30", "charge_max")],
      ]
      try await plant.round(at: "08:00", steps)
      #expect(try await plant.current() == "13:00 100, 13:30 50, 14:00 -50, 14:30 0")
      #expect(try await plant.round(at: "08:01", steps).counts.inserted == 0)
      let metadata = try await plant.connection.query(
        "SELECT metadata::text FROM flux.market_data_current WHERE type = 4 AND time = '2025-12-01 13:30Z'")
      #expect(
        try metadata.read(0, 0, as: String.self) == #"{"assets": {"b1": "discharge_max", "b2": "charge_max"}}"#)
    }
  }

  @Test func `A future step that is withdrawn gets 0 at its start, and its old value stays history`() async throws {
    try await Plant.with { plant in
      try await plant.round(at: "08:00", ["b1": [step("13:00", "14:00", "discharge_max")], "b2": []])
      try await plant.round(at: "09:00", ["b1": [], "b2": []])
      #expect(try await plant.current() == "13:00 0, 14:00 0")
      #expect(try await plant.revisions() == "13:00 100 @08:00, 13:00 0 @09:00, 14:00 0 @08:00")
    }
  }

  @Test func `A step that vanishes in its middle ends then, and keeps its start`() async throws {
    try await Plant.with { plant in
      try await plant.round(at: "08:00", ["b1": [step("13:00", "14:00", "discharge_max")], "b2": []])
      try await plant.round(at: "13:20", ["b1": [], "b2": []])
      #expect(try await plant.current() == "13:00 100, 13:20 0, 14:00 0")
      #expect(try await plant.round(at: "13:21", ["b1": [], "b2": []]).counts.inserted == 0)
    }
  }

  @Test func `A step that ended and is omitted stays history`() async throws {
    try await Plant.with { plant in
      try await plant.round(
        at: "08:00", ["b1": [step("09:00", "10:00", "charge_max"), step("13:00", "14:00", "discharge_max")], "b2": []])
      let later = try await plant.round(at: "11:00", ["b1": [step("13:00", "14:00", "discharge_max")], "b2": []])
      #expect(later.counts.inserted == 0)
      #expect(try await plant.current() == "09:00 -100, 10:00 0, 13:00 100, 14:00 0")
    }
  }

  @Test func `A round that fails withdraws nothing, whichever battery it is`() async throws {
    try await Plant.with { plant in
      let steps = ["b1": [step("13:00", "14:00", "discharge_max")], "b2": [step("13:00", "14:00", "charge_max")]]
      try await plant.round(at: "08:00", steps)
      for answers in [["b1": [String]()], ["b2": []], [:]] {
        await #expect(throws: (any Error).self) { try await plant.round(at: "09:00", answers) }
      }
      #expect(try await plant.current() == "13:00 50, 14:00 0")
      #expect(try await plant.round(at: "10:00", steps).counts.inserted == 0)
    }
  }

  @Test func `An unknown action is a reject that changes nothing`() async throws {
    try await Plant.with { plant in
      try await plant.round(at: "08:00", ["b1": [step("13:00", "14:00", "discharge_max")], "b2": []])
      let (batch, counts) = try await plant.round(
        at: "09:00", ["b1": [step("13:00", "14:00", "dance"), step("15:00", "16:00", "charge_max")], "b2": []])
      #expect(batch.rejects.count == 1 && batch.rejects.first?.value == "dance")
      #expect(counts.inserted == 2)
      #expect(try await plant.current() == "13:00 100, 14:00 0, 15:00 -100, 16:00 0")
      let kept = try await plant.connection.query("SELECT count(*) FROM flux_ops.rejects WHERE value = 'dance'")
      #expect(try kept.read(0, 0, as: Int64.self) == 1)
    }
  }
}
