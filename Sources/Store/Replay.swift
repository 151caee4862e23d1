import Market
import Postgres

/// Asks whether a load would add nothing, before it is sent: a backfill that is repeated changes little.
///
/// A signal's times and values go as two arrays of numbers, which the server reads and compares in a quarter of the time
/// of a batch. Only the table decides: what differs anywhere is loaded as ever.
enum Replay {
  /// Below it there is not much to save.
  private static let leastObservations = 1_000
  /// As in the loader's function: further apart on average, their range holds mostly what nobody asked for.
  private static let widestSpacing = Duration.hours(2)

  private struct Series {
    let signal: Int32
    var count = 0
    let newest: Instant
    var oldest: Instant
  }

  /// - Parameter groups: newest first.
  static func isInForce(
    _ groups: [[Observation]], observedAt: Instant, through connection: isolated Connection
  ) throws(PostgresError) -> Bool {
    guard groups.reduce(0, { $0 + $1.count }) >= leastObservations else { return false }
    // By signal, since the function takes locks, which everybody takes in one order.
    for series in series(of: groups).sorted(by: { $0.signal < $1.signal }) {
      guard series.newest.since(series.oldest) <= widestSpacing * series.count else { return false }
      let times = Parameter.numbers(Timestamp.self, of: groups, count: series.count) { observation in
        observation.signal == series.signal ? Timestamp(observation.time).microseconds : nil
      }
      let values = Parameter.numbers(Float.self, of: groups, count: series.count) { observation in
        observation.signal == series.signal ? observation.value.bitPattern : nil
      }
      let reply = try connection.query(
        "SELECT flux_ops.is_in_force($1, $2, $3, $4)",
        [.value(series.signal), times, values, .value(Timestamp(observedAt))])
      guard try reply.read(0, 0, as: Bool.self) else { return false }
    }
    return true
  }

  /// What the groups have of each signal.
  private static func series(of groups: [[Observation]]) -> [Series] {
    var found: [Series] = []
    for observation in groups.joined() {
      if let place = found.firstIndex(where: { $0.signal == observation.signal }) {
        found[place].count += 1
        found[place].oldest = observation.time
      } else {
        found.append(
          Series(signal: observation.signal, count: 1, newest: observation.time, oldest: observation.time))
      }
    }
    return found
  }
}
