import Feeds
import Leases
import Market
import Store
import Testing

@Suite struct `Which hosts are ours` {
  private let start = Instant(seconds: 1_774_744_200)
  private let plain = Host(
    id: "plain", baseURL: "https://a.example", rate: .perMinute(60), atOnce: 1, isStrict: false)
  private let strict = Host(
    id: "strict", baseURL: "https://b.example", rate: .perMinute(1), atOnce: 1, isStrict: true)

  private func after(_ seconds: Double) -> Instant { start.advanced(by: .seconds(seconds)) }

  private func leases(isAlone: Bool = false, remembered: Set<String>? = nil) -> Leases {
    Leases(hosts: [plain, strict], holder: "A", isAlone: isAlone, remembered: remembered)
  }

  private func row(_ host: String, _ holder: String?, _ epoch: Int64 = 1, letGo: Bool = false) -> HostLease {
    HostLease(host: host, holder: holder, epoch: epoch, letGo: letGo)
  }

  /// Both held since `start`.
  private func holding(isAlone: Bool = false) -> Leases {
    var leases = leases(isAlone: isAlone)
    _ = leases.answered([row("plain", "A"), row("strict", "A", 7)], askedAt: start)
    return leases
  }

  @Test func `None are before the database has answered or failed`() {
    #expect(!leases().isOurs("plain", at: start) && leases().term(of: "plain") == nil)
    #expect(leases().asked == ["plain", "strict"] && leases().strict == ["strict"])
  }

  @Test func `Those that the database says we hold are, in the epoch that it says`() {
    var leases = leases()
    #expect(leases.answered([row("plain", "A", 3), row("strict", "B", 9)], askedAt: start) == [.gained(host: "plain")])
    #expect(leases.isOurs("plain", at: start) && !leases.isOurs("strict", at: start))
    #expect(leases.term(of: "plain") == HostLease.Term(host: "plain", holder: "A", epoch: 3))
    #expect(leases.answered([row("plain", "A", 5), row("strict", "B", 9)], askedAt: after(5)) == [])
    #expect(leases.term(of: "plain")?.epoch == 5, "another had it between two answers")
    #expect(leases.confirmed == ["plain"])
  }

  @Test func `One that another took over is lost at once`() {
    var leases = holding()
    #expect(leases.answered([row("plain", "B", 2), row("strict", nil, 7)], askedAt: after(5))
      == [.lost(host: "plain"), .lost(host: "strict")])
    #expect(!leases.isOurs("plain", at: after(5)) && leases.term(of: "strict") == nil)
  }

  @Test func `A strict one is trusted for the lease less a margin, counted from before the database was asked`() {
    var leases = holding()
    #expect(leases.isOurs("strict", at: after(12.9)) && !leases.isOurs("strict", at: after(13)))
    #expect(leases.nextEnd == after(13))
    #expect(leases.unanswered(at: after(12)) == [])
    #expect(leases.unanswered(at: after(13)) == [.lost(host: "strict")])
    #expect(leases.nextEnd == nil)
  }

  @Test func `Others are gone on with while the database is away`() {
    var leases = holding()
    #expect(leases.unanswered(at: after(3_600)) == [.lost(host: "strict")])
    #expect(leases.isOurs("plain", at: after(3_600)))
    #expect(leases.term(of: "plain")?.epoch == 1, "what is noted late is fenced by the old epoch")
  }

  @Test func `With somebody's word that we are alone a strict one goes on too`() {
    var leases = holding(isAlone: true)
    #expect(leases.unanswered(at: after(3_600)) == [])
    #expect(leases.isOurs("strict", at: after(3_600)))
  }

  @Test(arguments: [
    (false, nil, ["plain"]), (true, nil, ["plain", "strict"]), (false, [], []), (false, ["strict"], []),
    (true, ["strict"], ["strict"]), (false, ["plain", "strict", "gone"], ["plain"]),
  ] as [(Bool, Set<String>?, [String])])
  func `Started without the database those remembered are resumed, or all where none ever was, but no strict one`(
    isAlone: Bool, remembered: Set<String>?, resumed: [String]
  ) {
    var leases = leases(isAlone: isAlone, remembered: remembered)
    #expect(leases.unanswered(at: start) == resumed.map { .gained(host: $0) })
    #expect(leases.unanswered(at: after(1)) == [] && leases.confirmed == [])
    #expect(["plain", "strict"].filter { leases.isOurs($0, at: after(100)) } == resumed)
  }

  @Test func `What was resumed is confirmed or lost when the database is back`() {
    var leases = leases(isAlone: true)
    _ = leases.unanswered(at: start)
    #expect(leases.term(of: "plain") == nil)
    #expect(leases.answered([row("plain", "A", 4), row("strict", "B")], askedAt: after(60)) == [.lost(host: "strict")])
    #expect(leases.term(of: "plain")?.epoch == 4)
  }

  @Test func `One to be let go is told once, is ours until given back, and no older answer returns it`() {
    var leases = holding()
    let told = [row("plain", "A", letGo: true), row("strict", "A", 7)]
    #expect(leases.answered(told, askedAt: after(5)) == [.letGo(host: "plain")])
    #expect(leases.answered(told, askedAt: after(10)) == [])
    #expect(leases.isOurs("plain", at: after(10)))
    leases.giveBack("plain")
    #expect(!leases.isOurs("plain", at: after(11)))
    #expect(leases.answered(told, askedAt: after(11)) == [], "the database has not heard of it yet")
    leases.gaveBack("plain", at: after(12))
    #expect(leases.answered(told, askedAt: after(11.5)) == [], "nor had it then")
    let retaken = [row("plain", "A", 2), row("strict", "A", 7)]
    #expect(leases.answered(retaken, askedAt: after(13)) == [.gained(host: "plain")])
  }

  @Test func `One whose feeds we have no more is let go`() {
    var leases = holding()
    #expect(leases.want([strict]) == [.letGo(host: "plain")] && leases.want([strict]) == [])
    #expect(leases.asked == ["plain", "strict"], "held until it is released")
    #expect(leases.answered([row("plain", "A"), row("strict", "A", 7)], askedAt: after(5)) == [])
    leases.giveBack("plain")
    #expect(leases.asked == ["strict"])
  }
}
