internal import Market

/// What goes wrong with one answer, as feeds have gone wrong.
package enum Fault: Hashable, Sendable {
  // The connection.

  /// Closed without a word, with a TCP reset, as where nobody listens.
  case outage
  /// Never answered.
  case hang
  /// Cut with a TCP reset in mid-body.
  case reset
  /// A body that takes this long, a little at a time.
  case slow(Duration)
  /// A body that never ends.
  case endless

  // The reply as a whole.

  /// Status 200 and a web page.
  case html
  case empty
  /// The first half, as if it were all.
  case truncated
  /// The right bytes, called a picture.
  case wrongType
  case corruptGzip
  /// Zeros, sent as gzip: this many MiB once they are unpacked.
  case bomb(mebibytes: Int)
  case redirectLoop
  /// A redirect to another host, by this scheme.
  case elsewhere(scheme: String)
  case status(Int, retryAfter: RetryAfter?)

  // Its records; replies that have none are left as they are.

  /// A number as text.
  case text
  /// `NaN` for a number, which is not even JSON.
  case nan
  /// A number beyond the range of `real`.
  case huge
  case null
  /// A record whose day has no period of this number.
  case period(Int)
  /// A reply wholly of another day.
  case anotherDay
  /// A period that is there twice with different values.
  case disagree
  /// Fields that nobody has told us of, in every record.
  case unknown
  /// A field that is missing from every record.
  case gone

  // Its age.

  /// The answer as it was so long ago, newest versions withheld.
  case stale(Duration)

  package enum RetryAfter: Hashable, Sendable {
    case seconds(Int)
    /// The same as an HTTP date.
    case date(after: Int)
  }
}

extension Fault: CustomStringConvertible {
  /// As a specification writes it: `status=429+17s`.
  package var description: String {
    switch self {
    case .outage: "outage"
    case .hang: "hang"
    case .reset: "reset"
    case .slow(let length): "slow=\(text(length))"
    case .endless: "endless"
    case .html: "html"
    case .empty: "empty"
    case .truncated: "truncated"
    case .wrongType: "type"
    case .corruptGzip: "gzip"
    case .bomb(let size): "bomb=\(size)"
    case .redirectLoop: "loop"
    case .elsewhere(let scheme): "elsewhere=\(scheme)"
    case .status(let code, nil): "status=\(code)"
    case .status(let code, .seconds(let seconds)): "status=\(code)+\(seconds)s"
    case .status(let code, .date(let seconds)): "status=\(code)~\(seconds)s"
    case .text: "text"
    case .nan: "nan"
    case .huge: "huge"
    case .null: "null"
    case .period(let number): "period=\(number)"
    case .anotherDay: "day"
    case .disagree: "disagree"
    case .unknown: "unknown"
    case .gone: "gone"
    case .stale(let age): "stale=\(text(age))"
    }
  }

  private func text(_ length: Duration) -> String { "\(length.microseconds / 1_000)ms" }
}
