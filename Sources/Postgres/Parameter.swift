/// A statement's `$1`: a type and its binary form, nil for NULL.
package struct Parameter: Sendable {
  /// 0 leaves the type to the server.
  package let oid: UInt32
  package let bytes: [UInt8]?

  package init(oid: UInt32, bytes: [UInt8]?) {
    self.oid = oid
    self.bytes = bytes
  }

  /// NULL of a type that the statement itself makes clear.
  package static let null = Parameter(oid: 0, bytes: nil)

  package static func value<T: BinaryValue>(_ value: T?) -> Parameter {
    var writer = BinaryWriter()
    value?.write(to: &writer)
    return Parameter(oid: T.oid, bytes: value == nil ? nil : writer.bytes)
  }

  /// A one-dimensional array, NULL elements allowed.
  package static func array<T: BinaryValue>(_ elements: [T?]) -> Parameter {
    var writer = BinaryWriter()
    writer.arrayHeader(elementOID: T.oid, count: elements.count, hasNulls: elements.contains { $0 == nil })
    for element in elements {
      guard let element else {
        writer.write(Int32(-1))
        continue
      }
      writer.counted { element.write(to: &$0) }
    }
    return Parameter(oid: T.arrayOID, bytes: writer.bytes)
  }

  package static func array<T: BinaryValue>(_ elements: [T]) -> Parameter { array(elements.map(Optional.some)) }
}

/// A Swift type that has a PostgreSQL type's binary form.
/// Source: PostgreSQL's `*_send` and `*_recv` functions; OIDs from `pg_type.dat`, which never change.
package protocol BinaryValue: Sendable {
  static var oid: UInt32 { get }
  static var arrayOID: UInt32 { get }
  /// Further types with the same form.
  static var alsoReads: [UInt32] { get }
  func write(to writer: inout BinaryWriter)
  /// nil where the bytes are not of this form.
  init?(binary: UnsafeRawBufferPointer)
}

extension BinaryValue {
  package static var alsoReads: [UInt32] { [] }
}

extension Int32: BinaryValue {
  package static var oid: UInt32 { 23 }
  package static var arrayOID: UInt32 { 1007 }
  package func write(to writer: inout BinaryWriter) { writer.write(self) }
  package init?(binary: UnsafeRawBufferPointer) {
    guard let value = binary.bigEndian(Int32.self) else { return nil }
    self = value
  }
}

extension Int64: BinaryValue {
  package static var oid: UInt32 { 20 }
  package static var arrayOID: UInt32 { 1016 }
  package static var alsoReads: [UInt32] { [23, 26] }
  package func write(to writer: inout BinaryWriter) { writer.write(self) }
  /// Also int4 and oid, by the length.
  package init?(binary: UnsafeRawBufferPointer) {
    if let value = binary.bigEndian(Int64.self) {
      self = value
    } else if let value = binary.bigEndian(Int32.self) {
      self = Int64(value)
    } else {
      return nil
    }
  }
}

extension Float: BinaryValue {
  package static var oid: UInt32 { 700 }
  package static var arrayOID: UInt32 { 1021 }
  package func write(to writer: inout BinaryWriter) { writer.write(Int32(bitPattern: bitPattern)) }
  package init?(binary: UnsafeRawBufferPointer) {
    guard let bits = binary.bigEndian(UInt32.self) else { return nil }
    self.init(bitPattern: bits)
  }
}

extension Double: BinaryValue {
  package static var oid: UInt32 { 701 }
  package static var arrayOID: UInt32 { 1022 }
  package func write(to writer: inout BinaryWriter) { writer.write(Int64(bitPattern: bitPattern)) }
  package init?(binary: UnsafeRawBufferPointer) {
    guard let bits = binary.bigEndian(UInt64.self) else { return nil }
    self.init(bitPattern: bits)
  }
}

extension Bool: BinaryValue {
  package static var oid: UInt32 { 16 }
  package static var arrayOID: UInt32 { 1000 }
  package func write(to writer: inout BinaryWriter) { writer.write(bytes: [self ? 1 : 0]) }
  package init?(binary: UnsafeRawBufferPointer) {
    guard binary.count == 1 else { return nil }
    self = binary[0] != 0
  }
}

extension String: BinaryValue {
  package static var oid: UInt32 { 25 }
  package static var arrayOID: UInt32 { 1009 }
  /// name, bpchar, varchar, json, unknown: all send their text.
  package static var alsoReads: [UInt32] { [19, 1042, 1043, 114, 705] }
  package func write(to writer: inout BinaryWriter) { writer.write(bytes: utf8) }
  package init?(binary: UnsafeRawBufferPointer) { self.init(validating: binary, as: UTF8.self) }
}

extension [UInt8]: BinaryValue {
  package static var oid: UInt32 { 17 }
  package static var arrayOID: UInt32 { 1001 }
  package func write(to writer: inout BinaryWriter) { writer.write(bytes: self) }
  package init?(binary: UnsafeRawBufferPointer) { self.init(binary) }
}
