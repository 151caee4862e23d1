import HTTPTypes
import Hummingbird
import Market
import NIOCore
import Postgres
import Store
import Synchronization

extension API {
  /// `/v1/devices`
  func devices(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try Query(request, [], london: london)
    let (devices, now) = try await pool.lend { try await Device.all(through: $0) }
    return document { json in
      json.member("as_of", now)
      json.member("simulated", isSimulated)
      json.member("devices") { json in
        json.array(devices) { json, device in
          let newest = device.newest.values.max()
          json.object { json in
            json.member("device", device.id)
            json.member("name", device.name)
            json.member("type", device.type)
            json.member("site", device.site)
            json.member("active", device.isActive)
            json.member("metadata", json: device.metadata)
            json.member("reads") { json in
              json.array(Device.Reads.allCases.filter { device.newest[$0] != nil }) { $0.write($1.rawValue) }
            }
            json.member("newest_time", newest)
            json.member("age", newest.map { now.since($0) })
          }
        }
      }
    }
  }

  /// `/v1/readings`
  func readings(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try Query(request, ["device", "from", "to", "every", "format", "limit", "cursor"], london: london)
    let (device, window) = (try query.uuid("device"), try query.range())
    let every = try query.choice("every", ReadingReader.Every.allCases.map { ($0.rawValue, $0) })
    let isCSV = try query.choice("format", [("json", false), ("csv", true)])
    let limit = try query.number("limit", in: 1...100_000) ?? 10_000
    let subject = "readings \(device) \(window) \(every.rawValue)"
    let cursor = try query.cursor(of: subject)
    guard let (newest, now) = try await pool.lend({ try await Device.newest(of: device, through: $0) }) else {
      throw Problem(
        .notFound, .unknownDevice, "there is no device \(device): /v1/devices lists those that are registered",
        parameter: "device")
    }
    // One that sends both is asked for what it sent last.
    let reads = newest.max { $0.value < $1.value }?.key
    let freshness = Freshness(now: now, newest: newest.values.max())
    let completeness = Completeness.unknown("how often this device should report is not known")
    var headers = freshness.headers(asOf: now, completeness)
    headers[.contentType] = isCSV ? "text/csv; charset=utf-8" : "application/json"
    let start = cursor.map { min(Instant(microseconds: Int64(bitPattern: $0.first) + 1), window.to) } ?? window.from
    return try await streamed(headers, to: request, context) { connection, pieces in
      let writer = ReadingsWriter(isCSV: isCSV, limit: limit, to: pieces) {
        Cursor(UInt64(bitPattern: $0.microseconds), 0, of: subject)
      }
      // Without any reading it has no columns either; those of a meter are as empty as those of a battery.
      let reader = ReadingReader(reads ?? .meter, every: every, of: device, through: connection)
      try writer.begin(reader.columns) { json in
        json.member("device", device)
        json.member("reads", reads?.rawValue)
        json.member("every", every.rawValue)
        json.member("from", window.from)
        json.member("to", window.to)
        json.freshness(asOf: now, freshness, completeness)
      }
      try await reader.read(in: Window(from: start, to: window.to), limit: isCSV ? nil : limit + 1, writer.write)
      try writer.end()
    }
  }
}
