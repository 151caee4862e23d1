import CCurl
internal import Market

/// How long the server asks to be left alone: `Retry-After` as seconds or as a date, RFC 9110, section 10.2.3.
///
/// A date is measured against the reply's own `Date`, so that a wrong clock on either side does not change the pause.
///
/// - Returns: nil where the field is missing or says neither; zero where the date is past.
func retryAfter(_ reply: EasyHandle, now: Instant) -> Duration? {
  guard let value = reply.header("Retry-After") else { return nil }
  if let seconds = Int(value) { return seconds >= 0 ? .seconds(min(seconds, 31_536_000)) : nil }
  guard let until = httpDate(value) else { return nil }
  let reference = reply.header("Date").flatMap(httpDate) ?? now
  return max(.zero, until.since(reference))
}

/// The three forms of RFC 9110, section 5.6.7 (`curl_getdate`).
func httpDate(_ text: String) -> Instant? {
  let seconds = curl_getdate(text, nil)
  return seconds < 0 ? nil : Instant(seconds: Int64(seconds))
}
