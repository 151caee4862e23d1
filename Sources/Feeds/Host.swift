/// One provider's server, with the limits that all of its feeds share.
package struct Host: Hashable, Sendable {
  package let id: String
  /// `https://data.elexon.co.uk/bmrs/api/v1`; a feed's path is appended to it. Plain http only to loopback.
  package let baseURL: String
  package let rate: Rate
  /// Calls in flight at once, for each process.
  package let atOnce: Int
  /// Its limit is never to be exceeded, not even when collectors cannot see one another.
  package let isStrict: Bool

  package init(id: String, baseURL: String, rate: Rate, atOnce: Int, isStrict: Bool) {
    self.id = id
    self.baseURL = baseURL
    self.rate = rate
    self.atOnce = atOnce
    self.isStrict = isStrict
  }

  /// Calls that may be made, retries and pages included.
  package enum Rate: Hashable, Sendable {
    case perMinute(Double)
    case unlimited

    /// How long so many calls take at the least; nil where nothing limits them.
    package func leastTime(of calls: Int) -> Duration? {
      guard case .perMinute(let rate) = self, rate > 0 else { return nil }
      return .seconds(Double(calls) * 60 / rate)
    }
  }

  /// `elexon-portal` → `FLUX_HOST_ELEXON_PORTAL`; `…_URL` and `…_RATE` replace what the file says.
  package var settingPrefix: String {
    "FLUX_HOST_" + id.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
  }
}
