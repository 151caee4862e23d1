import Feeds
import Foundation
import Market
import Testing

@testable import Decode

@Suite struct `Axle's schedules` {
  let decoder: Decoder
  let b1 = AxleAsset(id: "b1", maximum: 5)
  let b2 = AxleAsset(id: "b2", maximum: 3)

  init() throws { decoder = Decoder(TestFeeds.axle, london: try systemLondon()) }

  private func step(_ start: String, _ end: String, _ action: String) -> String {
    #"{"start_timestamp":\#(start),"end_timestamp":\#(end),"action":\#(action),"allow_deviation":false}"#
  }

  private func reply(_ steps: String...) -> [UInt8] {
    Array(#"{"schedule_last_updated":null,"schedule_steps":[\#(steps.joined(separator: ","))]}"#.utf8)
  }

  private let ten = #""2026-08-01T10:00:00Z""#
  private let eleven = #""2026-08-01T12:00:00+01:00""#

  @Test func `A round holds every battery's steps in the reply's order`() throws {
    let batch = try decoder.decodeSchedule(
      [
        (
          b1,
          reply(
            step(eleven, #""2026-08-01T11:30:00.5Z""#, #""charge_max""#), step(ten, eleven, #""avoid_export""#))
        ),
        (b2, reply()),
      ], observedAt: observedAt)
    let schedule = try #require(batch.schedule)
    #expect(schedule.maxima == ["b1": 5, "b2": 3])
    #expect(schedule.steps["b2"] == [])
    #expect(schedule.steps["b1"]?.map(\.action) == ["charge_max", "avoid_export"])
    #expect(schedule.steps["b1"]?.map(\.start.description) == ["2026-08-01T11:00:00Z", "2026-08-01T10:00:00Z"])
    #expect(batch.counts.records == 2 && batch.rejects.isEmpty && batch.counts.unknownFields == 1)
    #expect(batch.observations.isEmpty && batch.metadata == [])
  }

  @Test(arguments: [
    "", "<html>", "null", "{}", #"{"schedule_steps":{}}"#, #"{"schedule_steps":null}"#, #"{"schedule_steps":["#, #"{"detail":"no"}"#,
  ])
  func `One battery's bad reply leaves no round at all`(body: String) {
    #expect(throws: DecodeError.self) {
      try decoder.decodeSchedule([(b1, reply()), (b2, Array(body.utf8))], observedAt: observedAt)
    }
  }

  @Test(arguments: [#""dance""#, "null", "5", #""\u0064ance""#])
  func `An action that is not known is a reject, and stays in the schedule as unknown`(action: String) throws {
    let batch = try decoder.decodeSchedule([(b1, reply(step(ten, eleven, action)))], observedAt: observedAt)
    let reject = try #require(batch.rejects.first)
    #expect(reject.place == "schedule_steps[0] of b1" && reject.field == "action")
    #expect(reject.time == "2026-08-01T10:00:00Z")
    #expect(batch.counts.rejected == 1 && batch.counts.records == 1)
    let step = try #require(batch.schedule?.steps["b1"]?.first)
    #expect(DispatchSchedule.level(of: step.action, maximum: 5) == nil)
    // It withdraws nothing.
    let stored = DispatchPoint(time: step.start, level: 5, actions: ["b1": "discharge_max"])
    let end = DispatchPoint(time: step.end, level: 0, actions: [:])
    let before = step.start.advanced(by: .minutes(-10))
    let told = try #require(batch.schedule).points(inForce: [stored, end], observedAt: before)
    #expect(told == [end, stored])
  }

  @Test func `Escapes in an action are resolved`() throws {
    let batch = try decoder.decodeSchedule(
      [(b1, reply(step(ten, eleven, #""charge\u005fmax""#)))], observedAt: observedAt)
    #expect(batch.schedule?.steps["b1"]?.first?.action == "charge_max" && batch.rejects.isEmpty)
  }

  @Test(arguments: [
    ("null", #""2026-08-01T12:00:00Z""#), (#""noon""#, #""2026-08-01T12:00:00Z""#), (#""2026-08-01T10:00:00Z""#, "17"),
    (#""2026-08-01T10:00:00Z""#, #""2026-08-01T10:00:00Z""#), (#""2026-08-01T10:00:00Z""#, #""2026-08-01T09:00:00Z""#),
  ])
  func `A step that cannot be read withdraws nothing, and its neighbours go in`(start: String, end: String) throws {
    let now = try #require(Instant("2026-08-01T09:30:00Z"))
    let good = step(#""2026-08-01T13:00:00Z""#, #""2026-08-01T14:00:00Z""#, #""charge_max""#)
    let batch = try decoder.decodeSchedule(
      [(b1, reply(step(start, end, #""discharge_max""#), good))], observedAt: now)
    #expect(batch.rejects.count == 1 && batch.counts.rejected == 1 && batch.counts.records == 2)
    let stored = [
      DispatchPoint(time: try #require(Instant("2026-08-01T10:00:00Z")), level: 5, actions: ["b1": "discharge_max"]),
      DispatchPoint(time: try #require(Instant("2026-08-01T12:00:00Z")), level: 0, actions: [:]),
    ]
    let told = try #require(batch.schedule).points(inForce: stored, observedAt: now)
    #expect(told.map(\.time.description).filter { $0 < "2030" }.count == 4)
    #expect(told.filter { $0.time < stored[1].time } == [stored[0]])
    #expect(told.first { $0.time.description == "2026-08-01T13:00:00Z" }?.level == -5)
  }

  @Test func `Rejects are kept up to a hundred and counted beyond`() throws {
    let bad = Array(repeating: step("1", "2", "3"), count: 300).joined(separator: ",")
    let batch = try decoder.decodeSchedule([(b1, reply(bad))], observedAt: observedAt)
    #expect(batch.rejects.count == 100 && batch.counts.rejected == 300 && batch.counts.records == 300)
  }
}
