import Feeds
import Intake
import Market
import Testing

@Suite struct `When calls to a host may begin` {
  private let start = Instant(seconds: 1_774_744_200)

  private func host(_ rate: Host.Rate, atOnce: Int = 8, isStrict: Bool = false) -> Host {
    Host(id: "h", baseURL: "https://example.org", rate: rate, atOnce: atOnce, isStrict: isStrict)
  }

  private func seconds(_ budget: inout HostBudget, at now: Instant, count: Int) -> [Double] {
    (0..<count).map { _ in budget.take(at: now).since(start) / .seconds(1) }
  }

  @Test func `One call a minute: the first at once, the next a minute later, and no saving up`() {
    var budget = HostBudget(host(.perMinute(1), atOnce: 1, isStrict: true))
    #expect(seconds(&budget, at: start, count: 3) == [0, 60, 120])
    let later = start.advanced(by: .hours(1))
    #expect(seconds(&budget, at: later, count: 2) == [3_600, 3_660])
  }

  @Test func `Three hundred a minute flow at five a second, with a second's worth at once after a rest`() {
    var budget = HostBudget(host(.perMinute(300)))
    let starts = seconds(&budget, at: start, count: 300)
    #expect(starts.prefix(5).allSatisfy { $0 == 0 })
    for number in 5..<300 { #expect(abs(starts[number] - Double(number - 4) * 0.2) < 1e-9) }
  }

  @Test(arguments: [0.5, 1, 2, 60, 61, 300, 6_000])
  func `No minute has more calls than the rate and one second's worth, whenever they are asked for`(rate: Double) {
    var budget = HostBudget(host(.perMinute(rate)))
    var now = start
    var begun: [Instant] = []
    var seed: UInt64 = 7
    for _ in 0..<2_000 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      now = now.advanced(by: .microseconds(Int64(seed >> 40) * 60 / Int64(max(1, rate))))
      begun.append(budget.take(at: now))
    }
    #expect(begun == begun.sorted())
    let most = Int(rate.rounded(.up)) + max(1, Int(rate / 60))
    for (number, first) in begun.enumerated() where number + most < begun.count {
      #expect(begun[number + most].since(first) >= .seconds(60))
    }
  }

  @Test func `Without a limit nothing waits, except for a pause that was asked for`() {
    var budget = HostBudget(host(.unlimited))
    #expect(seconds(&budget, at: start, count: 100) == Array(repeating: 0, count: 100))
    budget.hold(until: start.advanced(by: .seconds(7)))
    #expect(seconds(&budget, at: start, count: 2) == [7, 7])
    #expect(seconds(&budget, at: start.advanced(by: .seconds(9)), count: 1) == [9])
  }

  @Test func `A pause holds every call back and then calls are spaced as before, without a burst`() {
    var budget = HostBudget(host(.perMinute(300)))
    budget.hold(until: start.advanced(by: .seconds(10)))
    let starts = seconds(&budget, at: start, count: 3)
    for (found, expected) in zip(starts, [10, 10.2, 10.4]) { #expect(abs(found - expected) < 1e-9) }
  }

  @Test func `A permit given back unused is used by the next call, if it was the newest`() {
    var budget = HostBudget(host(.perMinute(1), atOnce: 1))
    let first = budget.take(at: start)
    let second = budget.take(at: start)
    budget.giveBack(first)
    #expect(budget.take(at: start).since(second) == .seconds(60))
    var other = HostBudget(host(.perMinute(1), atOnce: 1))
    _ = other.take(at: start)
    let given = other.take(at: start)
    other.giveBack(given)
    #expect(other.take(at: start) == given)
  }
}
