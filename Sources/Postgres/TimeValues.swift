/// timestamptz: whole microseconds since 2000-01-01T00:00:00Z, which is how PostgreSQL keeps it; never a `Double`.
package struct Timestamp: Hashable, Comparable, BinaryValue {
  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  /// From 1970-01-01, the Unix epoch, to PostgreSQL's.
  private static let unixToPostgres: Int64 = 946_684_800_000_000

  package init(microsecondsSince1970: Int64) { microseconds = microsecondsSince1970 - Self.unixToPostgres }

  package var microsecondsSince1970: Int64 { microseconds + Self.unixToPostgres }

  package static let infinity = Timestamp(microseconds: .max)
  package static let negativeInfinity = Timestamp(microseconds: .min)

  package var isFinite: Bool { self != .infinity && self != .negativeInfinity }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

  package static var oid: UInt32 { 1184 }
  package static var arrayOID: UInt32 { 1185 }
  package func write(to writer: inout BinaryWriter) { writer.write(microseconds) }
  package init?(binary: UnsafeRawBufferPointer) {
    guard let value = binary.bigEndian(Int64.self) else { return nil }
    microseconds = value
  }
}

/// interval: months, days and time are kept apart, since none is a fixed number of another.
package struct Interval: Hashable, BinaryValue {
  package let months: Int32
  package let days: Int32
  package let microseconds: Int64

  package init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64) {
    self.months = months
    self.days = days
    self.microseconds = microseconds
  }

  package static var oid: UInt32 { 1186 }
  package static var arrayOID: UInt32 { 1187 }
  package func write(to writer: inout BinaryWriter) {
    writer.write(microseconds)
    writer.write(days)
    writer.write(months)
  }
  package init?(binary: UnsafeRawBufferPointer) {
    guard binary.count == 16,
      let microseconds = UnsafeRawBufferPointer(rebasing: binary[0..<8]).bigEndian(Int64.self),
      let days = UnsafeRawBufferPointer(rebasing: binary[8..<12]).bigEndian(Int32.self),
      let months = UnsafeRawBufferPointer(rebasing: binary[12..<16]).bigEndian(Int32.self)
    else { return nil }
    self.init(months: months, days: days, microseconds: microseconds)
  }
}

/// jsonb, as text; the server checks it.
package struct JSONB: Hashable, BinaryValue, ExpressibleByStringLiteral {
  package let text: String

  package init(_ text: String) { self.text = text }
  package init(stringLiteral text: String) { self.text = text }

  package static var oid: UInt32 { 3802 }
  package static var arrayOID: UInt32 { 3807 }
  /// The form begins with its version, 1.
  package func write(to writer: inout BinaryWriter) {
    writer.write(bytes: [1])
    writer.write(bytes: text.utf8)
  }
  package init?(binary: UnsafeRawBufferPointer) {
    guard binary.first == 1, let text = String(validating: binary.dropFirst(), as: UTF8.self) else { return nil }
    self.text = text
  }
}
