import Fetch
import Intake
import Market
import Testing

@Suite struct `A host that fails` {
  private let start = Instant(seconds: 1_774_744_200)

  private func after(_ seconds: Double) -> Instant { start.advanced(by: .seconds(seconds)) }

  /// A host that has just begun its first rest.
  private func resting(random: Double = 0.5) -> HostHealth {
    var health = HostHealth()
    for _ in 0..<5 { health.note(.failed, at: start, random: random) }
    return health
  }

  @Test func `Is asked as usual until it has failed five times in a row`() {
    var health = HostHealth()
    for _ in 0..<20 {
      for _ in 0..<4 { health.note(.failed, at: start, random: 0.5) }
      #expect(health.turn(at: start) == .go)
      health.note(.answered, at: start, random: 0.5)
    }
    for _ in 0..<5 { health.note(.failed, at: start, random: 0.5) }
    #expect(health.turn(at: start) == .wait(until: after(2.5)))
  }

  @Test func `Rests longer from time to time, with full jitter, up to five minutes`() {
    for random in [0.0, 0.25, 0.999] {
      var health = resting(random: random)
      var now = start
      for longest in [5.0, 10, 20, 40, 80, 160, 300, 300] {
        let until = now.advanced(by: .seconds(longest) * random)
        #expect(health.rest == until)
        now = until
        #expect(health.turn(at: now) == .go)
        health.note(.failed, at: now, random: random)
      }
    }
  }

  @Test func `Is asked by one call alone when its rest is over, and by all once that is answered`() {
    var health = resting()
    #expect(health.turn(at: after(2.4)) == .wait(until: after(2.5)))
    #expect(health.turn(at: after(2.5)) == .go)
    #expect(health.turn(at: after(2.5)) == .afterProbe)
    health.note(.answered, at: after(3), random: 0.5)
    #expect(health.turn(at: after(3)) == .go && health.turn(at: after(3)) == .go && health.rest == nil)
  }

  @Test func `Is probed by another call where the first was given up`() {
    var health = resting()
    #expect(health.turn(at: after(3)) == .go)
    health.note(.unknown, at: after(4), random: 0.5)
    #expect(health.turn(at: after(4)) == .go && health.turn(at: after(4)) == .afterProbe)
  }

  @Test func `Rests no longer for calls that were under way when it began, and recovers by one answered`() {
    var health = resting()
    health.note(.failed, at: after(1), random: 0.9)
    #expect(health.rest == after(2.5))
    health.note(.answered, at: after(2), random: 0.9)
    #expect(health.turn(at: after(2)) == .go)
  }

  @Test(arguments: [
    (FetchError.Reason.connectionFailed("refused"), HostHealth.Outcome.failed), (.unknownHost("h"), .failed),
    (.timedOut("slow"), .failed), (.broken("cut"), .failed), (.status(500), .failed), (.status(503), .failed),
    (.status(429), .failed), (.status(404), .answered), (.status(401), .answered), (.webPage("text/html"), .answered),
    (.tooLarge(limit: 1), .answered), (.cancelled, .unknown), (.shutDown, .unknown),
  ])
  func `Fails by what is its own doing, and answers by what is the request's`(
    reason: FetchError.Reason, outcome: HostHealth.Outcome
  ) throws {
    let request = Request(.get, try RedactedURL("https://example.org/"))
    #expect(HostHealth.Outcome(of: FetchError(request, .notAgain, reason)) == outcome)
    #expect(HostHealth.Outcome(of: nil) == .answered && HostHealth.Outcome(of: CancellationError()) == .unknown)
  }
}
