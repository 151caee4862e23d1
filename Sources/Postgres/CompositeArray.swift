/// A composite type as one database knows it: its OIDs differ from database to database.
package struct CompositeType: Hashable, Sendable {
  package let name: String
  package let oid: UInt32
  package let arrayOID: UInt32
  package let fieldOIDs: [UInt32]

  package init(name: String, oid: UInt32, arrayOID: UInt32, fieldOIDs: [UInt32]) {
    self.name = name
    self.oid = oid
    self.arrayOID = arrayOID
    self.fieldOIDs = fieldOIDs
  }
}

extension Connection {
  /// Looks up a composite type by its name, `schema.type`.
  ///
  /// - Throws: of kind `server` (SQLSTATE 42704) where there is none.
  package func compositeType(named name: String) throws(PostgresError) -> CompositeType {
    let found = try query(
      """
      SELECT t.oid, t.typarray, a.atttypid
      FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE t.oid = $1::text::regtype ORDER BY a.attnum
      """, [.value(name)])
    guard found.rowCount > 0 else {
      throw PostgresError(.unexpectedReply, "\(name) is no composite type")
    }
    let fields = try found.map { (rows, row) throws(PostgresError) in
      UInt32(truncatingIfNeeded: try rows.read(row, 2, as: Int64.self))
    }
    return CompositeType(
      name: name, oid: UInt32(truncatingIfNeeded: try found.read(0, 0, as: Int64.self)),
      arrayOID: UInt32(truncatingIfNeeded: try found.read(0, 1, as: Int64.self)), fieldOIDs: fields)
  }
}

/// An array of (timestamptz, int4, float4) records on the wire: 48 bytes an element, one buffer, used again and again.
///
/// Every element is the same 48 bytes but for its three values, so each is a copy of one form and three stores.
/// Source: `array_recv` and `record_recv`.
package struct CompositeArray: Sendable {
  package let type: CompositeType
  private let form: [UInt8]
  private var bytes: [UInt8] = []

  static let header = 20
  static let elementSize = 48

  /// - Throws: of kind `unexpectedReply` where the type's fields are others.
  package init(_ type: CompositeType) throws(PostgresError) {
    guard type.fieldOIDs == [Timestamp.oid, Int32.oid, Float.oid] else {
      throw PostgresError(.unexpectedReply, "\(type.name) is not (timestamptz, integer, real) in this database")
    }
    self.type = type
    var writer = BinaryWriter()
    writer.counted { element in
      element.write(Int32(type.fieldOIDs.count))
      for (oid, size) in zip(type.fieldOIDs, [8, 4, 4]) {
        element.write(oid)
        element.counted { $0.write(bytes: repeatElement(0, count: size)) }
      }
    }
    form = writer.bytes
  }

  /// Writes the groups' elements, in their order, over what the buffer held before.
  ///
  /// - Parameter fields: an element's time (microseconds since 2000-01-01Z), integer and real.
  /// - Returns: the parameter. Let go of it before the next call, or the buffer is copied.
  @inline(__always)
  package mutating func encode<T>(_ groups: [[T]], _ fields: (T) -> (Int64, Int32, Float)) -> Parameter {
    let count = groups.reduce(0) { $0 + $1.count }
    var head = BinaryWriter()
    head.arrayHeader(elementOID: type.oid, count: count)
    let size = head.bytes.count + count * Self.elementSize
    if bytes.count < size {
      bytes = [UInt8](repeating: 0, count: size)
    } else {
      bytes.removeLast(bytes.count - size)
    }
    // Unsafe for speed: the buffer is `size` long, and each element moves on by exactly `elementSize`.
    bytes.withUnsafeMutableBytes { buffer in
      guard var place = buffer.baseAddress else { return }
      head.bytes.withUnsafeBytes {
        place.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(place), byteCount: $0.count)
      }
      place += head.bytes.count
      form.withUnsafeBytes { form in
        guard let form = form.baseAddress else { return }
        for elements in groups {
          for element in elements {
            let (time, integer, real) = fields(element)
            place.copyMemory(from: form, byteCount: Self.elementSize)
            place.storeBytes(of: time.bigEndian, toByteOffset: 16, as: Int64.self)
            place.storeBytes(of: integer.bigEndian, toByteOffset: 32, as: Int32.self)
            place.storeBytes(of: real.bitPattern.bigEndian, toByteOffset: 44, as: UInt32.self)
            place += Self.elementSize
          }
        }
      }
    }
    return Parameter(oid: type.arrayOID, bytes: bytes)
  }
}
