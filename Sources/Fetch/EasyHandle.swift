import CCurl

/// libcurl's easy handle between and during transfers, with what it points to.
///
/// It stays set up for the next request that is asked for in the same way, which most are: to set all of it again costs
/// as much as libcurl's part of a small reply. Touched by the loop's thread alone.
final class EasyHandle {
  let raw: UnsafeMutableRawPointer
  /// Whose bytes it receives.
  var transfer: Transfer?
  /// The request that it is set up for, in all but its path and query; nil for one with a body.
  private var request: Request?
  private var headerList: UnsafeMutablePointer<curl_slist>?
  /// libcurl writes here what went wrong (`CURLOPT_ERRORBUFFER`), also while we do not look.
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  /// - Returns: nil where there is no memory left.
  init?() {
    guard let raw = curl_easy_init() else {
      errorText.deallocate()
      return nil
    }
    self.raw = raw
  }

  deinit {
    curl_easy_cleanup(raw)
    curl_slist_free_all(headerList)
    errorText.deallocate()
  }

  /// The handle that libcurl names.
  static func of(_ raw: UnsafeMutableRawPointer?) -> EasyHandle? {
    var pointer: UnsafeMutableRawPointer?
    guard let raw, flux_easy_get_pointer(raw, CURLINFO_PRIVATE, &pointer) == CURLE_OK else { return nil }
    return pointer.map { Unmanaged<EasyHandle>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Whether it is set up for such a request already.
  func fits(_ request: Request) -> Bool { self.request.map { request.isAsked(as: $0) } ?? false }

  /// Prepares for `transfer` (`curl_easy_setopt`), which it keeps until it is given the next.
  func prepare(for transfer: Transfer, userAgent: String) {
    self.transfer = transfer
    errorText[0] = 0
    guard !fits(transfer.request) else { return }
    // Options and credentials go, the connection stays with the multi handle.
    curl_easy_reset(raw)
    request = transfer.request.method == .get ? transfer.request : nil
    set(transfer.request, userAgent)
  }

  private func set(_ request: Request, _ userAgent: String) {
    let me = Unmanaged.passUnretained(self).toOpaque()
    // Else a name that resolves slowly is timed with SIGALRM, in whatever thread it hits.
    flux_easy_set_long(raw, CURLOPT_NOSIGNAL, 1)
    flux_easy_set_pointer(raw, CURLOPT_PRIVATE, me)
    flux_easy_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText)
    flux_easy_set_pointer(raw, CURLOPT_WRITEDATA, me)
    flux_easy_set_write_function(raw) { bytes, size, count, me in
      guard let bytes, let me, let transfer = Unmanaged<EasyHandle>.fromOpaque(me).takeUnretainedValue().transfer
      else { return 0 }
      return transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
    // 16 KiB by default, which is three calls for a day of system prices.
    flux_easy_set_long(raw, CURLOPT_BUFFERSIZE, 64 << 10)
    flux_easy_set_long(raw, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.limits.connect))
    flux_easy_set_long(raw, CURLOPT_LOW_SPEED_LIMIT, request.limits.slowest)
    flux_easy_set_long(raw, CURLOPT_LOW_SPEED_TIME, max(1, Int(request.limits.slowFor.components.seconds)))
    // All encodings that this libcurl can unpack.
    flux_easy_set_text(raw, CURLOPT_ACCEPT_ENCODING, "")
    flux_easy_set_text(raw, CURLOPT_USERAGENT, userAgent)
    flux_easy_set_long(raw, CURLOPT_FOLLOWLOCATION, 0)
    flux_easy_set_long(raw, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    flux_easy_set_text(raw, CURLOPT_PROTOCOLS_STR, request.url.isLoopback ? "http,https" : "https")
    // A proxy has no way to this machine's loopback, and would read what we send there in plain text.
    if request.url.isLoopback { flux_easy_set_text(raw, CURLOPT_NOPROXY, "*") }
    flux_easy_set_long(raw, CURLOPT_FRESH_CONNECT, request.isSentOnce ? 1 : 0)
    flux_easy_set_long(raw, CURLOPT_FORBID_REUSE, request.isSentOnce ? 1 : 0)

    if request.method == .post {
      let body = request.body ?? []
      flux_easy_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
      body.withUnsafeBytes { bytes in
        // An empty buffer has no address; without one libcurl would read the body from standard input.
        _ = bytes.baseAddress.map {
          flux_easy_set_text(raw, CURLOPT_COPYPOSTFIELDS, $0.assumingMemoryBound(to: CChar.self))
        } ?? flux_easy_set_text(raw, CURLOPT_COPYPOSTFIELDS, "")
      }
    }
    curl_slist_free_all(headerList)
    headerList = nil
    append("Accept: \(request.expects.rawValue)")
    for header in request.headers { append("\(header.name): \(header.value)") }
    for header in request.secretHeaders { append("\(header.name): \(header.prefix)\(header.secret.reveal())") }
    flux_easy_set_list(raw, CURLOPT_HTTPHEADER, headerList)
  }

  /// Points the handle at a URL of the request's origin that was found fit.
  ///
  /// - Parameter limit: for all that is still to come of the transfer.
  func aim(at url: RedactedURL, within limit: Duration) {
    flux_easy_set_text(raw, CURLOPT_URL, url.revealed())
    flux_easy_set_long(raw, CURLOPT_TIMEOUT_MS, milliseconds(limit))
  }

  private func append(_ line: String) { headerList = curl_slist_append(headerList, line) }

  /// At least 1: libcurl takes 0 for no limit at all.
  private func milliseconds(_ duration: Duration) -> Int { max(1, Int(duration / .milliseconds(1))) }

  // MARK: - What libcurl knows of the transfer

  func long(_ info: CURLINFO) -> Int {
    var value = 0
    return flux_easy_get_long(raw, info, &value) == CURLE_OK ? value : 0
  }

  func offset(_ info: CURLINFO) -> Int64 {
    var value: curl_off_t = 0
    return flux_easy_get_offset(raw, info, &value) == CURLE_OK ? Int64(value) : 0
  }

  /// nil where there is none.
  func text(_ info: CURLINFO) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard flux_easy_get_text(raw, info, &text) == CURLE_OK, let text else { return nil }
    return String(cString: text)
  }

  /// A field of the last reply's header, not of a proxy's or of a 100 (`curl_easy_header`); nil where there is none.
  func header(_ name: String) -> String? {
    var header: UnsafeMutablePointer<curl_header>?
    guard curl_easy_header(raw, name, 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK, let header else { return nil }
    return String(cString: header.pointee.value)
  }

  /// libcurl's words for `code`.
  func words(for code: CURLcode) -> String {
    String(cString: errorText[0] == 0 ? curl_easy_strerror(code) : UnsafePointer(errorText))
  }
}

extension Request {
  /// Whether the two, which have no body, differ in path and query alone.
  fileprivate func isAsked(as other: Request) -> Bool {
    method == .get && url.origin == other.url.origin && expects == other.expects && isSentOnce == other.isSentOnce
      && limits == other.limits && headers == other.headers && secretHeaders == other.secretHeaders
  }
}
