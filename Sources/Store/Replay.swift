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

  /// What is known of one signal, newest first.
  private struct Series {
    let signal: Int32
    var times: [Timestamp] = []
    var values: [Float] = []
  }

  /// - Parameter groups: newest first.
  static func isInForce(
    _ groups: [[Observation]], observedAt: Instant, through connection: isolated Connection
  ) throws(PostgresError) -> Bool {
    guard groups.reduce(0, { $0 + $1.count }) >= leastObservations else { return false }
    guard let all = series(of: groups) else { return false }
    // By signal, since the function takes locks, which everybody takes in one order.
    for series in all.sorted(by: { $0.signal < $1.signal }) {
      guard let newest = series.times.first, let oldest = series.times.last,
        newest.microseconds - oldest.microseconds <= widestSpacing.microseconds * Int64(series.times.count)
      else { return false }
      let reply = try connection.query(
        "SELECT flux_ops.is_in_force($1, $2, $3, $4)",
        [.value(series.signal), .times(series.times), .reals(series.values), .value(Timestamp(observedAt))])
      guard try reply.read(0, 0, as: Bool.self) else { return false }
    }
    return true
  }

  /// - Returns: nil where a time stands twice, or not in its order: of such a batch the function can't tell.
  private static func series(of groups: [[Observation]]) -> [Series]? {
    var found: [Series] = []
    for group in groups {
      for observation in group {
        let known = found.firstIndex { $0.signal == observation.signal }
        if known == nil { found.append(Series(signal: observation.signal)) }
        let place = known ?? found.count - 1
        let time = Timestamp(observation.time)
        if let last = found[place].times.last, last.microseconds <= time.microseconds { return nil }
        found[place].times.append(time)
        found[place].values.append(observation.value)
      }
    }
    return found
  }
}
