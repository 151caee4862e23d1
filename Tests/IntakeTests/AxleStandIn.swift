import Market
import Support
import Synchronization

/// Axle as far as a test needs it: numbered tokens, and schedules that the test sets.
final class AxleStandIn: Sendable {
  struct Plan: Sendable {
    /// The steps of each battery as JSON; one without an entry is answered with 500.
    var steps: [String: String] = [:]
    /// Whether the password is taken.
    var takesPassword = true
    /// Tokens that are good no longer.
    var revoked: Set<String> = []
    var tokens = 0
  }

  private let plan = Mutex(Plan())

  func set(_ change: (inout Plan) -> Void) { plan.withLock { change(&$0) } }

  /// A server that answers from what was set last.
  func serve() throws -> LoopbackServer { try LoopbackServer { self.answer($0, $1) } }

  private func answer(_ request: LoopbackServer.Received, _ connection: LoopbackServer.Connection) {
    if request.path == "/auth/token-form" {
      let token = plan.withLock { plan in
        plan.tokens += 1
        return plan.takesPassword ? "token-\(plan.tokens)" : nil
      }
      guard let token else {
        return connection.reply(#"{"detail":"Incorrect username or password"}"#, status: "401 Unauthorized")
      }
      return connection.reply(#"{"access_token":"\#(token)","token_type":"bearer"}"#)
    }
    let bearer = String(request.headers["authorization"]?.dropFirst("Bearer ".count) ?? "")
    let battery = request.path.split(separator: "/").dropFirst(2).first.map(String.init) ?? ""
    let (isGood, steps) = plan.withLock { ($0.tokens > 0 && !$0.revoked.contains(bearer), $0.steps[battery]) }
    guard isGood else {
      return connection.reply(#"{"detail":"Could not validate credentials"}"#, status: "401 Unauthorized")
    }
    guard let steps else { return connection.reply("", status: "500 Internal Server Error", type: "text/plain") }
    connection.reply(#"{"schedule_steps":[\#(steps)],"schedule_last_updated":"2025-12-01T00:00:00Z"}"#)
  }
}

/// A step as Axle sends it.
func step(_ start: String, _ end: String, _ action: String) -> String {
  #"{"start_timestamp":"2025-12-01T\#(start):00Z","end_timestamp":"2025-12-01T\#(end):00Z","action":"\#(action)","#
    + #""allow_deviation":false}"#
}

extension LoopbackServer {
  var tokenRequests: Int { requests.count { $0.path == "/auth/token-form" } }
  var scheduleRequests: Int { requests.count { $0.path.hasPrefix("/entities/") } }
}
