import Foundation
import Testing

@testable import Market

@Suite struct `Schedule of one battery` {
  private func schedule(_ steps: DispatchSchedule.Step..., maximum: Double = 5) -> DispatchSchedule {
    DispatchSchedule(maxima: ["b1": maximum], steps: ["b1": steps])
  }

  private func texts(_ points: [DispatchPoint]) -> [String] {
    points.map { "\($0.time.description.dropFirst(11).prefix(5)) \($0.level)" }
  }

  @Test(arguments: [
    ("charge_max", -5.0), ("discharge_max", 5), ("avoid_import", 0), ("avoid_export", 0), ("explode", nil), ("", nil),
    ("CHARGE_MAX", nil),
  ] as [(String, Double?)])
  func `An action asks for its level, and an unknown one for none`(action: String, level: Double?) {
    #expect(DispatchSchedule.level(of: action, maximum: 5) == level)
  }

  @Test func `A level begins at the step's start and is 0 from its end`() {
    var store = ScheduleStore()
    let new = store.load(schedule(step(.clock(10), .clock(11), "discharge_max")), observedAt: .clock(9))
    #expect(texts(new) == ["10:00 5.0", "11:00 0.0"])
    #expect(new.map(\.actions) == [["b1": "discharge_max"], [:]])
  }

  @Test func `Points come newest first`() {
    let points = schedule(step(.clock(10), .clock(11), "charge_max"), step(.clock(7), .clock(8), "charge_max"))
      .points(inForce: [], observedAt: .clock(6))
    #expect(texts(points) == ["11:00 0.0", "10:00 -5.0", "08:00 0.0", "07:00 -5.0"])
  }

  @Test func `Where a step ends and another begins there is no 0 between them`() {
    var store = ScheduleStore()
    let new = store.load(
      schedule(
        step(.clock(10), .clock(11), "charge_max"), step(.clock(11), .clock(12), "charge_max"),
        step(.clock(12), .clock(13), "avoid_export")), observedAt: .clock(9))
    #expect(texts(new) == ["10:00 -5.0", "11:00 -5.0", "12:00 0.0", "13:00 0.0"])
    #expect(new.map(\.actions) == [["b1": "charge_max"], ["b1": "charge_max"], ["b1": "avoid_export"], [:]])
  }

  @Test func `Where steps overlap the first in the reply wins`() {
    var store = ScheduleStore()
    store.load(
      schedule(step(.clock(11), .clock(12), "charge_max"), step(.clock(10), .clock(13), "discharge_max")),
      observedAt: .clock(9))
    #expect(store.point(at: .clock(10, 59))?.level == 5)
    #expect(store.point(at: .clock(11))?.level == -5)
    #expect(store.point(at: .clock(12))?.level == 5)
    #expect(store.point(at: .clock(13))?.level == 0)
  }

  @Test func `A step that ended and is omitted stays history`() {
    var store = ScheduleStore()
    store.load(schedule(step(.clock(10), .clock(11), "discharge_max")), observedAt: .clock(9))
    #expect(store.load(schedule(), observedAt: .clock(11)).isEmpty)
    #expect(store.load(schedule(step(.clock(20), .clock(21), "charge_max")), observedAt: .clock(12)).count == 2)
    #expect(store.point(at: .clock(10, 30))?.level == 5)
  }

  @Test func `A step that vanishes while it runs ends when that was seen, and keeps its start`() {
    var store = ScheduleStore()
    store.load(schedule(step(.clock(10), .clock(11), "discharge_max")), observedAt: .clock(9))
    let new = store.load(schedule(), observedAt: .clock(10, 20))
    #expect(texts(new) == ["10:20 0.0"])
    #expect(store.point(at: .clock(10, 19))?.level == 5)
    #expect(store.point(at: .clock(10, 40))?.level == 0)
  }

  @Test func `A future step that is withdrawn gets 0 at its start`() {
    var store = ScheduleStore()
    store.load(schedule(step(.clock(10), .clock(11), "discharge_max")), observedAt: .clock(9))
    let new = store.load(schedule(), observedAt: .clock(9, 30))
    #expect(texts(new) == ["10:00 0.0"])
    #expect(store.point(at: .clock(10, 30))?.actions == [:])
  }

  @Test func `A withdrawn step may come back, before its start and while it runs`() {
    var store = ScheduleStore()
    let planned = schedule(step(.clock(10), .clock(11), "discharge_max"))
    store.load(planned, observedAt: .clock(9))
    store.load(schedule(), observedAt: .clock(9, 10))
    #expect(texts(store.load(planned, observedAt: .clock(9, 20))) == ["10:00 5.0"])
    store.load(schedule(), observedAt: .clock(10, 20))
    // A step that is there counts from its start.
    #expect(texts(store.load(planned, observedAt: .clock(10, 40))) == ["10:20 5.0"])
    #expect(store.point(at: .clock(10, 59))?.level == 5 && store.point(at: .clock(11))?.level == 0)
  }

  @Test func `A step first seen while it runs has its own start, and one first seen after it its own end`() {
    var store = ScheduleStore()
    let running = schedule(step(.clock(10), .clock(11), "charge_max"))
    #expect(texts(store.load(running, observedAt: .clock(10, 30))) == ["10:00 -5.0", "11:00 0.0"])
    store = ScheduleStore()
    #expect(texts(store.load(running, observedAt: .clock(15))) == ["10:00 -5.0", "11:00 0.0"])
  }

  @Test func `A step grows and shrinks, in the future and while it runs`() {
    var store = ScheduleStore()
    store.load(schedule(step(.clock(10), .clock(11), "charge_max")), observedAt: .clock(9))
    #expect(
      texts(store.load(schedule(step(.clock(9, 30), .clock(12), "charge_max")), observedAt: .clock(9, 5)))
        == ["09:30 -5.0", "11:00 -5.0", "12:00 0.0"])
    #expect(
      texts(store.load(schedule(step(.clock(9, 30), .clock(10, 30), "charge_max")), observedAt: .clock(10)))
        == ["10:30 0.0", "11:00 0.0"])
    // Seen late, it went on without a break.
    #expect(
      texts(store.load(schedule(step(.clock(9, 30), .clock(11, 30), "charge_max")), observedAt: .clock(10, 45)))
        == ["10:30 -5.0", "11:00 -5.0", "11:30 0.0"])
    // Shortened into the past: what was asked until now is history.
    #expect(
      texts(store.load(schedule(step(.clock(9, 30), .clock(10), "charge_max")), observedAt: .clock(11, 15)))
        == ["11:15 0.0"])
  }

  @Test func `While an action is unknown its battery stays at what was known`() {
    var store = ScheduleStore()
    store.load(schedule(step(.clock(10), .clock(12), "discharge_max")), observedAt: .clock(9))
    let odd = schedule(step(.clock(10), .clock(11), "dance"))
    // 10:00 to 11:00 is left as it was; what the reply no longer has after it is withdrawn.
    #expect(texts(store.load(odd, observedAt: .clock(9, 30))) == ["11:00 0.0"])
    #expect(store.point(at: .clock(10, 30))?.actions == ["b1": "discharge_max"])
    #expect(store.load(odd, observedAt: .clock(10, 30)).isEmpty)
    #expect(store.point(at: .clock(10, 45))?.level == 5)
  }

  @Test func `An unknown action where nothing was known asks for nothing`() {
    var store = ScheduleStore()
    #expect(store.load(schedule(step(.clock(10), .clock(11), "dance")), observedAt: .clock(9)).isEmpty)
    // First wins, also where the first is unknown.
    store.load(schedule(step(.clock(10), .clock(11), "charge_max")), observedAt: .clock(9))
    store.load(
      schedule(step(.clock(10), .clock(11), "dance"), step(.clock(10), .clock(11), "discharge_max")),
      observedAt: .clock(9, 10))
    #expect(store.point(at: .clock(10))?.level == -5)
  }

  @Test func `The same round again, or after a restart, adds nothing`() {
    var store = ScheduleStore()
    let round = schedule(step(.clock(10), .clock(11), "charge_max"), step(.clock(11), .clock(12), "dance"))
    store.load(round, observedAt: .clock(10, 30))
    #expect(store.load(round, observedAt: .clock(10, 30)).isEmpty)
    #expect(store.load(round, observedAt: .clock(10, 40)).isEmpty)
    #expect(store.load(round, observedAt: .clock(13)).isEmpty)
  }

  @Test func `Another maximum holds from when it was seen, and never changes the past`() {
    var store = ScheduleStore()
    let steps = step(.clock(10), .clock(12), "discharge_max")
    store.load(schedule(steps, maximum: 3.3), observedAt: .clock(9))
    // 3.3 comes back from the table as a real.
    #expect(store.load(schedule(steps, maximum: Double(Float(3.3))), observedAt: .clock(10, 30)).isEmpty)
    #expect(texts(store.load(schedule(steps, maximum: 7), observedAt: .clock(11))) == ["11:00 7.0"])
  }

  @Test func `Nothing asked and nothing stored is no news`() {
    #expect(schedule().points(inForce: [], observedAt: .clock(9)).isEmpty)
    #expect(schedule().earliest(observedAt: .clock(9)) == .clock(9))
    #expect(schedule(step(.clock(7), .clock(8), "x")).earliest(observedAt: .clock(9)) == .clock(7))
  }
}

@Suite struct `Schedules of several batteries` {
  @Test func `Levels are added up and each action is kept`() {
    let round = DispatchSchedule(
      maxima: ["b1": 5, "b2": 3],
      steps: [
        "b1": [step(.clock(10), .clock(12), "discharge_max")], "b2": [step(.clock(11), .clock(13), "charge_max")],
      ])
    var store = ScheduleStore()
    let new = store.load(round, observedAt: .clock(9))
    #expect(new.map(\.level) == [5, 2, -3, 0])
    #expect(
      new.map(\.metadata) == [
        #"{"assets": {"b1": "discharge_max"}}"#, #"{"assets": {"b1": "discharge_max", "b2": "charge_max"}}"#,
        #"{"assets": {"b2": "charge_max"}}"#, #"{"assets": {}}"#,
      ])
    #expect(new.dropFirst().first?.observation == Observation(time: .clock(11), signal: 4, value: 2))
  }

  @Test func `An unknown action of one battery leaves the other as the reply says`() {
    var store = ScheduleStore()
    store.load(
      DispatchSchedule(
        maxima: ["b1": 5, "b2": 3],
        steps: [
          "b1": [step(.clock(10), .clock(12), "discharge_max")], "b2": [step(.clock(10), .clock(12), "discharge_max")],
        ]), observedAt: .clock(9))
    store.load(
      DispatchSchedule(maxima: ["b1": 5, "b2": 3], steps: ["b1": [step(.clock(10), .clock(12), "dance")], "b2": []]),
      observedAt: .clock(9, 30))
    #expect(store.point(at: .clock(11))?.actions == ["b1": "discharge_max"])
    #expect(store.point(at: .clock(11))?.level == 5)
  }

  @Test func `A battery that is no longer ours keeps its past and is asked nothing more`() {
    var store = ScheduleStore()
    let steps = [step(.clock(10), .clock(12), "discharge_max")]
    store.load(DispatchSchedule(maxima: ["b1": 5, "b2": 3], steps: ["b1": steps, "b2": steps]), observedAt: .clock(9))
    store.load(DispatchSchedule(maxima: ["b1": 5], steps: ["b1": steps]), observedAt: .clock(11))
    #expect(store.point(at: .clock(10, 30))?.level == 8)
    #expect(store.point(at: .clock(11))?.level == 5)
    #expect(store.point(at: .clock(11))?.actions == ["b1": "discharge_max"])
  }

  @Test(arguments: [
    "b1", "a \"b\" \\ c", "tab\tline\n\u{1}\u{1F}", "Ünïcode 🔋", "", "</script>", "\u{7F}\u{2028}",
  ])
  func `Metadata is JSON whatever the battery is called`(id: String) throws {
    let point = DispatchPoint(time: .clock(10), level: 5, actions: [id: "charge_max", "z": id])
    let parsed = try JSONSerialization.jsonObject(with: Data(point.metadata.utf8)) as? [String: [String: String]]
    #expect(parsed == ["assets": [id: "charge_max", "z": id]])
  }

  /// The rules once more, minute by minute: what each battery is believed to be asked at each minute of a day.
  private struct MinuteGrid {
    var believed: [String: [Int: String]] = [:]

    mutating func take(_ round: DispatchSchedule, observedAt now: Int, minutes: Range<Int>) {
      for asset in round.maxima.keys {
        for minute in minutes {
          if let step = round.steps[asset]?.first(where: { $0.start <= .minute(minute) && .minute(minute) < $0.end }) {
            guard DispatchSchedule.level(of: step.action, maximum: 1) != nil else { continue }
            believed[asset, default: [:]][minute] = step.action
          } else if minute >= now {
            believed[asset, default: [:]][minute] = nil
          }
        }
      }
    }
  }

  @Test func `Random rounds leave the store as a grid of minutes says, and repeating them adds nothing`() {
    var random = SeededNumbers(state: 4)
    let maxima = ["b1": 5.0, "b2": 3.25, "b3": 0.5]
    let actions = ["charge_max", "discharge_max", "avoid_import", "avoid_export", "dance"]
    for run in 0..<150 {
      var store = ScheduleStore()
      var grid = MinuteGrid()
      var now = 0
      for round in 0..<8 {
        now += Int.random(in: 0...25, using: &random)
        var steps: [String: [DispatchSchedule.Step]] = [:]
        for asset in maxima.keys.sorted() {
          steps[asset] = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            let start = Int.random(in: max(0, now - 40)...(now + 60), using: &random)
            let end = start + Int.random(in: 1...40, using: &random)
            return step(.minute(start), .minute(end), actions.randomElement(using: &random) ?? "")
          }
        }
        let schedule = DispatchSchedule(maxima: maxima, steps: steps)
        store.load(schedule, observedAt: .minute(now))
        grid.take(schedule, observedAt: now, minutes: 0..<320)
        for minute in 0..<320 {
          let point = store.point(at: .minute(minute))
          let expected = grid.believed.compactMapValues { $0[minute] }
          let level = expected.sorted { $0.key < $1.key }.reduce(0.0) {
            $0 + (DispatchSchedule.level(of: $1.value, maximum: maxima[$1.key] ?? 0) ?? 0)
          }
          if point?.actions ?? [:] != expected || point?.level ?? 0 != level {
            Issue.record("run \(run), observed at \(now), minute \(minute): \(point as Any), not \(expected)")
            return
          }
        }
        let repeated = store.load(schedule, observedAt: .minute(now))
        if !repeated.isEmpty { Issue.record("run \(run) round \(round): again new \(repeated)") }
      }
    }
  }
}
