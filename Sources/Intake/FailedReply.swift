import Decode
import Fetch
package import Market

extension Reject {
  /// What is kept of a reply of which nothing could be used, as ``Intake/read(_:)`` threw it.
  ///
  /// - Parameter window: what was asked for.
  /// - Returns: nil where no reply came, or one that asks for patience: that says something of the way to the host or of
  ///   its state, and nothing that somebody has to look into.
  package init?(failed error: any Error, feed: String, window: Window?) {
    let time = window?.description
    switch error {
    case let error as DecodeError:
      var (place, reason) = ("the reply", error.explanation)
      // Where the time is known the place does not make it another reject, and a reply breaks off anywhere.
      if case .malformed(let what, let byte) = error.reason {
        (place, reason) = ("byte \(byte) of the reply", "the reply is broken: \(what)")
      }
      self.init(
        feed: feed, place: place, time: time, field: "", value: "", reason: reason, url: error.url,
        sample: error.sample)
    case let error as FetchError:
      guard error.concernsReply else { return nil }
      self.init(
        feed: feed, place: "the reply", time: time, field: "", value: "",
        reason: error.what + (error.serverSaid.map { ": \($0)" } ?? ""), url: "\(error.url)", sample: error.sample)
    default: return nil
    }
  }
}

extension Response {
  /// A reject without the request's credentials, should the reply have repeated them.
  func masking(_ reject: Reject) -> Reject {
    Reject(
      feed: reject.feed, place: reject.place, time: reject.time, field: reject.field, value: masking(reject.value),
      reason: reject.reason, url: reject.url, sample: reject.sample.map { masking($0) })
  }

  func masking(_ error: DecodeError) -> DecodeError {
    var error = error
    error.sample = masking(error.sample)
    if case .missingColumns(let missing, let found) = error.reason {
      error.reason = .missingColumns(missing, found: found.map { masking($0) })
    }
    return error
  }
}
