import Fetch
import Foundation
import Support
import Testing

/// The table of docs/operating.md that says what happens after each status.
@Suite struct `The documented answers` {
  struct Row: Sendable, CustomTestStringConvertible {
    let statuses: [Int]
    let remedy: String

    var testDescription: String { "\(statuses) \(remedy)" }
  }

  static func rows() throws -> [Row] {
    let page = try String(contentsOfFile: TestDatabase.repository + "/docs/operating.md", encoding: .utf8)
    return page.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 3 else { return nil }
      let statuses = cells[0].split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
      return statuses.isEmpty ? nil : Row(statuses: statuses, remedy: cells[1])
    }
  }

  @Test func `The table is there`() throws {
    #expect(try Self.rows().flatMap(\.statuses).count >= 30)
  }

  @Test(arguments: try rows())
  func `A status leads to what its row says`(row: Row) async throws {
    for status in row.statuses {
      let isRedirect = row.remedy == "refused"
      let server = try LoopbackServer { _, connection in
        let headers = isRedirect ? ["Location: https://elsewhere.invalid/"] : []
        connection.reply("no", status: "\(status) No", type: "text/plain", headers: headers)
      }
      defer { server.stop() }
      let error = try #require(await makeFetcher().failure(get(server.url + "/", expects: .json)))
      let remedy =
        switch error.remedy {
        case .again: "again"
        case .notAgain: "not again"
        case .renewCredentials: "renew"
        case .refused: "refused"
        case .cancelled: "cancelled"
        }
      #expect(remedy == row.remedy, "\(status)")
      // What somebody has to look into is kept, and what passes by itself is not.
      #expect(error.concernsReply == ["not again", "refused"].contains(row.remedy), "\(status)")
      #expect(server.requests.count == 1)
    }
  }
}
