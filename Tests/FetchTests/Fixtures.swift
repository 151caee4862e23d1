import Fetch
import Glibc
import Market

/// `{"data":[1,2,3]}` as gzip wrote it.
let gzipped: [UInt8] = [
  31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 74, 73, 44, 73, 84, 178, 138, 54, 212, 49, 210, 49, 142, 173, 5, 0, 207,
  63, 79, 9, 16, 0, 0, 0,
]

/// A gzip stream of zeros that unpacks to 258 bytes for each 13 bits of it (RFC 1951, fixed Huffman codes).
func gzipBomb(unpackingTo size: Int) -> [UInt8] {
  var bytes: [UInt8] = [31, 139, 8, 0, 0, 0, 0, 0, 2, 3]
  var pending = 0
  var count = 0
  func put(_ bits: String) {
    for bit in bits {
      pending |= (bit == "1" ? 1 : 0) << count
      count += 1
      if count == 8 {
        bytes.append(UInt8(pending))
        pending = 0
        count = 0
      }
    }
  }
  put("1")  // last block
  put("10")  // fixed codes, low bit first
  put("00110000")  // one zero
  for _ in 0..<(size / 258) { put("11000101" + "00000") }  // 258 bytes from 1 byte back
  put("0000000" + "0000000")  // end of block
  return bytes
}

let moment = Instant("2026-03-29T00:30:00Z") ?? Instant(seconds: 0)

func makeFetcher(atOncePerHost: Int = 8, now: @escaping @Sendable () -> Instant = { moment }) -> Fetcher {
  Fetcher(
    configuration: .init(version: "1.2.3", contact: "mailto:ops@example.org", atOncePerHost: atOncePerHost), now: now)
}

func get(_ url: String, expects: Request.Expectation = .anything, limits: Limits = Limits()) throws -> Request {
  Request(.get, try RedactedURL(url), expects: expects, limits: limits)
}

extension Fetcher {
  /// The error of a request that must fail; nil where it did not.
  func failure(_ request: Request) async -> FetchError? {
    do {
      _ = try await fetch(request)
      return nil
    } catch {
      return error
    }
  }
}

/// Asks again every few milliseconds until `condition` holds, for at most a minute.
func eventually(_ condition: () -> Bool) async -> Bool {
  let deadline = ContinuousClock.now + .seconds(60)
  while ContinuousClock.now < deadline {
    if condition() { return true }
    try? await Task.sleep(for: .milliseconds(10))
  }
  return condition()
}
