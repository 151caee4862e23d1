import Foundation
import Market
import Postgres
import Store
import Support
import Testing

@Suite struct `What whoever watches reads` {
  private let start = Instant(seconds: 1_717_200_000)

  @Test func `A feed's health is what its rounds have left`() async throws {
    try await TestDatabase.withConnection { db async throws in
      #expect(try await FeedHealth.read(through: db) == [])
      let later = start.advanced(by: .minutes(5))
      try await FeedState.record("a", attemptedAt: start, error: nil, nextDue: later, through: db)
      try await FeedState.record("b", attemptedAt: start, error: "no answer", nextDue: nil, through: db)
      try await FeedState.record("b", attemptedAt: later, error: "still none", nextDue: nil, through: db)
      let observed = start.advanced(by: .minutes(30))
      try await db.execute("UPDATE flux_ops.feed_state SET newest_time = '\(observed)' WHERE feed = 'a'")
      let health = try await FeedHealth.read(through: db)
      try #require(health.map(\.feed) == ["a", "b"])
      // Its next round was due in 2024.
      #expect(health[0].state == .late && health[0].lastSuccessAt == start && health[0].nextDueAt == later)
      #expect(health[0].newestTime == observed && health[0].lastError == nil)
      let (age, lag) = (try #require(health[0].age), try #require(health[0].lag))
      #expect(age - lag == .minutes(30))
      #expect(health[1].state == .failing && health[1].consecutiveFailures == 2 && health[1].lastError == "still none")
      #expect(health[1].lastAttemptAt == later && health[1].lastSuccessAt == nil && health[1].age == nil)
      #expect(health[1].lag == nil && health[1].rejectsToday == 0 && health[1].flagsToday == 0)
    }
    await #expect(throws: NotDeployed.self) {
      try await TestDatabase.withConnection(migrated: false) { _ = try await FeedHealth.read(through: $0) }
    }
  }

  @Test func `The database tells its clock's distance, and what a role may do`() async throws {
    try await TestDatabase.with { database in
      let reader = "watching_\(database.name)"
      try await Connection.with(try database.settings) { db async throws in
        let real: @Sendable () -> Instant = { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
        let facts = try await ServerFacts.read(through: db, now: real)
        #expect(facts.version >= 140_000 && facts.mayCollect == true && facts.mayRead == true && !facts.isReadOnly)
        #expect(abs(facts.clockDifference.microseconds) < 60_000_000)
        let slow = try await ServerFacts.read(through: db, now: { real().advanced(by: .hours(-1)) })
        #expect(abs(slow.clockDifference.microseconds + 3_600_000_000) < 60_000_000)
        try await db.execute("CREATE ROLE \(reader) IN ROLE flux_reader; SET SESSION AUTHORIZATION \(reader)")
        let asReader = try await ServerFacts.read(through: db, now: real)
        #expect(asReader.role == reader && asReader.mayCollect != true && asReader.mayRead == true)
        #expect(try await SelfTest.run(through: db) == nil)
        try await db.execute("RESET SESSION AUTHORIZATION; DROP ROLE \(reader)")
        let tests = try #require(try await SelfTest.run(through: db))
        #expect(tests.contains { $0.name == "newest revision" && $0.isOK })
      }
      try await TestDatabase.withConnection(migrated: false) { db async throws in
        let facts = try await ServerFacts.read(through: db, now: { start })
        #expect(facts.mayCollect == nil && facts.mayRead == nil)
      }
    }
  }

  @Test func `Who holds the oldest snapshot is named`() async throws {
    try await TestDatabase.with { database in
      try await Connection.with(try database.settings) { holder async throws in
        try await holder.execute(
          """
          SET application_name = 'a report'; BEGIN ISOLATION LEVEL REPEATABLE READ;
          SELECT count(*) FROM flux.market_data
          """)
        try await Connection.with(try database.settings) { db async throws in
          let oldest = try #require(try await OldestSnapshot.read(through: db))
          #expect(oldest.processID == (await holder.processID) && oldest.application == "a report")
          #expect(oldest.state == "idle in transaction" && oldest.age > .zero)
        }
        try await holder.execute("ROLLBACK")
        try await Connection.with(try database.settings) { db async throws in
          #expect(try await OldestSnapshot.read(through: db) == nil)
        }
      }
    }
  }
}
