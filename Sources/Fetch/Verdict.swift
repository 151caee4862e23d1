import CCurl
import Glibc
internal import Market

/// What became of one run through libcurl.
enum Verdict {
  case finished(Transfer.Outcome)
  case redirected(RedactedURL)
}

extension Transfer {
  private static let mostRedirects = 5

  /// Judges a transfer that libcurl has ended, while it still has its easy handle.
  func verdict(_ code: CURLcode, of easy: EasyHandle, now: Instant) -> Verdict {
    guard code == CURLE_OK else { return .finished(.failure(failure(code, easy))) }
    let status = easy.long(CURLINFO_RESPONSE_CODE)
    // Made absolute by libcurl.
    if (300..<400).contains(status), let location = easy.text(CURLINFO_REDIRECT_URL) {
      return redirect(to: location, status)
    }
    let type = easy.text(CURLINFO_CONTENT_TYPE).map(mediaType)
    let body = takeBytes()
    guard (200..<300).contains(status) else {
      let words = errorWords(in: body, contentType: type)
      let remedy = FetchError.remedy(forStatus: status, retryAfter: retryAfter(easy, now: now))
      return .finished(
        .failure(
          error(
            remedy, .status(status), serverSaid: words.flatMap { oneLine($0.masking(request.secrets)) },
            // A server in trouble, or one that asks for a pause, says nothing that has to be looked into.
            sample: remedy == .notAgain ? sample(of: body) : nil)))
    }
    if let type, let reason = request.expects.reasonAgainst(type) {
      // Seldom for good: a proxy or a site under repair shows it as well as a wrong address.
      let words = errorWords(in: body, contentType: type).map { $0.masking(request.secrets) }
      let isPage = if case .webPage = reason { true } else { false }
      return .finished(
        .failure(error(.again(after: nil), reason, serverSaid: isPage ? words : nil, sample: sample(of: body))))
    }
    return .finished(
      .success(
        Response(
          status: status, contentType: type, body: body, arrivedAt: now, url: url,
          secrets: request.secrets.map(Secret.init))))
  }

  /// How a reply that is of no use begins, without our credentials; nil where nothing of it came.
  private func sample(of body: [UInt8]) -> String? {
    guard !body.isEmpty else { return nil }
    return keptText(of: body.span, 0..<body.count, limit: Reject.replyBytes).masking(request.secrets)
  }

  private func error(
    _ remedy: FetchError.Remedy, _ reason: FetchError.Reason, serverSaid: String? = nil, sample: String? = nil
  ) -> FetchError {
    FetchError(request, remedy, reason, url: url, serverSaid: serverSaid, sample: sample)
  }

  /// Redirects are followed by hand, since only here is it known what our credentials may be shown to: the same scheme,
  /// host and port, and a request without a body.
  private func redirect(to location: String, _ status: Int) -> Verdict {
    func refused(_ words: String) -> Verdict { .finished(.failure(error(.refused, .redirected(words)))) }
    guard let target = try? url.redirected(to: location) else { return refused("redirected (\(status)) to no URL") }
    guard Fetcher.isAllowed(target), target.origin == url.origin else {
      let place = target.host.isEmpty ? "\(target.scheme):" : "\(target.scheme)://\(target.host)"
      return refused("redirected (\(status)) to another place, \(place) port \(target.port)".masking(request.secrets))
    }
    guard request.method == .get else { return refused("redirected (\(status)) with a body, which goes nowhere else") }
    guard redirects < Self.mostRedirects else { return refused("redirected more than \(Self.mostRedirects) times") }
    return .redirected(target)
  }

  /// libcurl's result codes (libcurl-errors(3)), by what the caller may do.
  private func failure(_ code: CURLcode, _ easy: EasyHandle) -> FetchError {
    let text = easy.words(for: code).masking(request.secrets)
    let words = oneLine(text) ?? "libcurl error \(code.rawValue)"
    let again = FetchError.Remedy.again(after: nil)
    let sample = sample(of: takeBytes())
    switch code {
    case CURLE_WRITE_ERROR where isTooLarge, CURLE_FILESIZE_EXCEEDED:
      return error(.refused, .tooLarge(limit: request.limits.maximumBody), sample: sample)
    case CURLE_COULDNT_RESOLVE_HOST: return error(again, .unknownHost(url.host))
    case CURLE_COULDNT_RESOLVE_PROXY: return error(again, .connectionFailed("proxy: \(words)"))
    case CURLE_COULDNT_CONNECT:
      let number = Int32(truncatingIfNeeded: easy.long(CURLINFO_OS_ERRNO))
      return error(again, .connectionFailed(number == 0 ? words : systemWords(number)))
    case CURLE_OPERATION_TIMEDOUT: return error(again, .timedOut(timeout(of: easy)), sample: sample)
    case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
      return error(again, .broken(words), sample: sample)
    case CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR:
      return error(.refused, .corruptCompression(words), sample: sample)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return error(.refused, .untrustedServer(words))
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_NOT_BUILT_IN:
      return error(.refused, .transport(words))
    default: return error(again, .transport(words))
    }
  }

  /// Which of the limits it was, in words.
  private func timeout(of easy: EasyHandle) -> String {
    let limits = request.limits
    if easy.offset(CURLINFO_PRETRANSFER_TIME_T) == 0 { return "no connection within \(seconds(limits.connect)) s" }
    // libcurl counts whole milliseconds from a moment of its own, so its limit may seem to come a little early.
    if spent + .milliseconds(100) >= limits.total { return "no whole reply within \(seconds(limits.total)) s" }
    return "less than \(limits.slowest) bytes a second for \(seconds(limits.slowFor)) s"
  }

  private func seconds(_ duration: Duration) -> String {
    let hundredths = Int(duration / .milliseconds(10))
    let fraction = hundredths % 100
    return "\(hundredths / 100)" + (fraction == 0 ? "" : ".\(fraction < 10 ? "0" : "")\(fraction)")
  }

  private func systemWords(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }.lowercased()
  }
}
