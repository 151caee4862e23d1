import Glibc
import Testing

@testable import EmbeddedPostgres

@Suite struct `Running programs` {
  private func sh(
    _ line: String, input: String = "", environment: [String: String] = [:]
  ) async throws -> Program.Result {
    try await Program(name: "sh", folder: nil, environment: environment).run(["-c", line], input: input)
  }

  @Test func `What it says, how it ends and what it is given arrive whole`() async throws {
    let long = String(repeating: "a line of text\n", count: 20_000)
    let result = try await sh("cat; echo wrong >&2; exit 3", input: long)
    #expect(!result.succeeded)
    #expect(result.output == long)
    #expect(result.errors == "wrong\n")
    #expect(try await sh("kill -9 $$").succeeded == false)
  }

  @Test func `A program that leaves its input unread is no harm`() async throws {
    let long = String(repeating: "x", count: 1 << 20)
    for _ in 0..<20 { #expect(try await sh("exec true", input: long).succeeded) }
  }

  @Test func `A program that stays behind with the output open is not waited for`() async throws {
    let result = try await sh("sleep 60 & echo $!")
    let left = try #require(Int32(result.output.trimmed))
    #expect(kill(left, SIGKILL) == 0)
  }

  @Test func `It sees the environment it is given, the root folder, and three open files`() async throws {
    let result = try await sh("echo $WORD; pwd; ls /proc/self/fd", environment: ["WORD": "said"])
    // The fourth is the one by which `ls` reads the folder.
    #expect(result.output == "said\n/\n0\n1\n2\n3\n")
  }

  @Test func `Signals that we ignore are its own to answer`() async throws {
    // For good: what is of the whole process, others of it (SwiftNIO) ignore too and rely on.
    _ = signal(SIGPIPE, SIG_IGN)
    let result = try await sh("grep -E 'Sig(Ign|Blk)' /proc/self/status | cut -f2")
    for line in result.output.split(separator: "\n") {
      let set = try #require(UInt64(line, radix: 16))
      for signal in [SIGINT, SIGTERM, SIGQUIT, SIGPIPE, SIGCHLD] { #expect(set >> UInt64(signal - 1) & 1 == 0) }
    }
  }

  @Test func `A program that is not there is named`() async throws {
    let missing = ClusterError.program(name: "no-such-program", message: "it is not in /usr/bin", log: nil)
    await #expect(throws: missing) {
      try await Program(name: "no-such-program", folder: nil, environment: ["PATH": "/usr/bin"]).run([])
    }
  }

  @Test func `Cancelling ends the program and its children`() async throws {
    try await withTemporaryState { cluster in
      try cluster.state.create()
      let note = cluster.state.path + "/child"
      let task = Task { try await sh("sleep 60 & echo $! > \(note).part; mv \(note).part \(note); wait") }
      while FileFacts(note) == nil { try await Task.sleep(for: .milliseconds(5)) }
      let child = try #require(contents(of: note).flatMap { Int32($0.trimmed) })
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      // Gone, or dead and not yet buried by its new parent.
      #expect(contents(of: "/proc/\(child)/stat")?.contains(") S ") != true)
    }
  }

  @Test func `Many at once all end, and leave no file open`() async throws {
    try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<100 { group.addTask { try await sh("echo \(number)").output.trimmed } }
      let said = try await group.reduce(into: Set<String>()) { $0.insert($1) }
      #expect(said.count == 100)
    }
    let open = names(in: "/proc/self/fd").filter { target(of: "/proc/self/fd/\($0)").hasPrefix("/memfd:flux-market") }
    // Each had three; other tests of this process run programs too.
    #expect(open.count < 200)
  }

  private func target(of link: String) -> String {
    var text = [CChar](repeating: 0, count: 256)
    let count = readlink(link, &text, text.count)
    return String(decoding: text.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
