import Foundation
import FoundationNetworking
import Market
import Simulator
import Testing

/// Asks a running simulator over HTTP, as the world would.
struct Client: Sendable {
  let port: Int

  struct Answer {
    let status: Int
    let body: Data
    let headers: [String: String]

    var text: String { String(decoding: body, as: UTF8.self) }

    func object() throws -> [String: Any] {
      try #require(JSONSerialization.jsonObject(with: body) as? [String: Any])
    }

    /// The array of objects under `name`.
    func rows(_ name: String = "data") throws -> [[String: Any]] {
      try #require(object()[name] as? [[String: Any]])
    }
  }

  func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
    try await send(path, headers: headers, form: nil)
  }

  func post(_ path: String, form: String) async throws -> Answer {
    try await send(path, headers: ["Content-Type": "application/x-www-form-urlencoded"], form: form)
  }

  private func send(_ path: String, headers: [String: String], form: String?) async throws -> Answer {
    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")), timeoutInterval: 20)
    headers.forEach { request.setValue($1, forHTTPHeaderField: $0) }
    if let form {
      request.httpMethod = "POST"
      request.httpBody = Data(form.utf8)
    }
    let (data, response) = try await URLSession.shared.data(for: request)
    let http = try #require(response as? HTTPURLResponse)
    var fields: [String: String] = [:]
    for (name, value) in http.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
    return Answer(status: http.statusCode, body: data, headers: fields)
  }

  func systemPrices(_ date: String) async throws -> Answer {
    try await get("/elexon/bmrs/api/v1/balancing/settlement/system-prices/\(date)")
  }
}

/// Runs a simulator whose clock stands at `now`.
func simulating<Result: Sendable>(
  at now: String, _ change: (inout Simulator.Options) -> Void = { _ in },
  _ body: @escaping @Sendable (Client) async throws -> Result
) async throws -> Result {
  let instant = try #require(Instant(now))
  var options = Simulator.Options(now: { instant })
  change(&options)
  let london = try LondonClock(directories: LondonClock.systemDirectories(environment: [:]))
  return try await withSimulator(options, london: london) { port in try await body(Client(port: port)) }
}
