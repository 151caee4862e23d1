import Foundation
import Testing

extension Commands {
  @Suite struct `The command line` {
    @Test func `Without a word it tells what there is`() async throws {
      let stage = try await Stage.shared()
      let outcome = try await stage.run()
      #expect(outcome.status == 0)
      for command in ["demo", "collect", "backfill", "latest", "history", "feeds", "rejects", "db", "simulate"] {
        #expect(outcome.output.contains("\n  \(command) "), "\(command)")
      }
      #expect(outcome.lines.allSatisfy { $0.count <= 80 })
    }

    @Test(arguments: [
      "demo", "collect", "backfill", "backfill run", "backfill list", "backfill show", "backfill retry",
      "backfill cancel", "latest", "history", "feeds list", "feeds check", "feeds preview", "db up",
      "db down", "db status", "db deploy", "db url", "db signal list", "db signal add", "simulate",
      "rejects list", "rejects show", "rejects retry", "rejects discard",
    ])
    func `Each command has help with an example`(_ command: String) async throws {
      let stage = try await Stage.shared()
      let outcome = try await stage.shell("\"$flux\" \(command) --help")
      #expect(outcome.status == 0 && outcome.errors.isEmpty)
      #expect(outcome.output.components(separatedBy: "flux-market \(command)").count >= 3)
    }

    @Test func `The version is one line`() async throws {
      let outcome = try await Stage.shared().run("--version")
      #expect(outcome.status == 0)
      #expect(outcome.output.wholeMatch(of: /flux-market \d+\.\d+\.\d+\n/) != nil)
    }

    @Test func `A word that is no command brings the one that was meant`() async throws {
      let outcome = try await Stage.shared().run("lateast")
      #expect(outcome.status == 64)
      #expect(outcome.complaints.count == 1)
      #expect(outcome.errors.contains("there is no command named \"lateast\"; did you mean latest?"))
    }

    @Test func `An unknown option brings the usage`() async throws {
      let outcome = try await Stage.shared().run("latest", "--frmat", "csv")
      #expect(outcome.status == 64)
      #expect(outcome.errors.hasPrefix("flux-market: Unknown option '--frmat'. Did you mean '--format'?\nUsage: "))
      #expect(outcome.output.isEmpty)
    }

    @Test(arguments: [
      ("2024-02-30", "there is no such date"), ("31/01/2024", "write a date or a time, such as 2026-03-29"),
      ("2024-01-31T12:00", "a time needs its zone: 2024-01-31T12:00Z"), ("30q", "write a date or a time"),
      ("-3d", "--from"),
    ])
    func `A wrong date is one line that says what to write`(_ date: String, _ words: String) async throws {
      let stage = try await Stage.shared()
      for command in [["history", "imbalance_price"], ["backfill", "imbalance_price"]] {
        let outcome = try await stage.shell("\"$flux\" \(command.joined(separator: " ")) --from \(date)")
        #expect(outcome.status == 64)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
      }
    }

    @Test func `A range that ends before it begins is refused`() async throws {
      let outcome = try await Stage.shared().run(
        "backfill", "imbalance_price", "--from", "2024-03-02", "--to", "2024-03-01")
      #expect(outcome.status == 64)
      #expect(
        outcome.errors
          == "flux-market: --from (2024-03-02) does not begin before --to (2024-03-01) ends\n")
    }

    @Test func `An unknown signal or feed brings the names that are there`() async throws {
      let stage = try await Stage.shared()
      let backfill = try await stage.run("backfill", "imbalance_prise", "--from", "2024-03-01", "--to", "2024-03-01")
      #expect(backfill.status == 64)
      #expect(backfill.errors.contains("named \"imbalance_prise\"; did you mean imbalance_price?"))
      #expect(backfill.errors.contains("elexon-system-price"))
      let history = try await stage.run("history", "nonsense", "--from", "1d")
      #expect(history.status == 64 && history.errors.contains("wholesale_price") && history.output.count < 100)
      let preview = try await stage.run("feeds", "preview", "nonsense")
      #expect(preview.status == 64 && preview.errors.contains("modo-niv-live"))
      let collect = try await stage.run("collect", "--once", "--only", "nonsense")
      #expect(collect.status == 64 && collect.errors.contains("modo-niv-live"))
    }

    @Test func `A reader that has seen enough ends it quietly, and a full disk does not pass unseen`() async throws {
      let stage = try await Stage.shared()
      let early = try await stage.shell("\"$flux\" feeds list --format csv | true; echo ${PIPESTATUS[0]}")
      #expect(early.errors.isEmpty && ["0\n", "141\n"].contains(early.output))
      let full = try await stage.shell("\"$flux\" feeds list --format csv >/dev/full")
      #expect(full.status == 74)
      #expect(full.complaints == ["flux-market: what was to be printed could not be written: No space left on device"])
    }
  }
}
