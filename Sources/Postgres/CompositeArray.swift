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

/// An array of (timestamptz, int4, float4) records on the wire: 48 bytes an element.
///
/// Every element is the same 48 bytes but for its three values, so each is a copy of one form and three stores.
/// Source: `array_recv` and `record_recv`.
package struct CompositeArray: Sendable {
  package let type: CompositeType
  private let form: [UInt8]

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

  /// An array of `count` elements.
  ///
  /// Not generic, so that it is no slower for the types of another module, whose own code goes through them.
  ///
  /// - Parameter elements: adds each in its order, by its time (microseconds since 2000-01-01Z), integer and real.
  package func encode(count: Int, _ elements: (_ add: (Int64, Int32, Float) -> Void) -> Void) -> Parameter {
    var head = BinaryWriter()
    head.arrayHeader(elementOID: type.oid, count: count)
    let size = head.bytes.count + count * Self.elementSize
    // Unsafe for speed: no element is written beyond `size`, and what is not written is not counted.
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      guard let start = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
      head.bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: start, count: size).copyMemory(from: $0) }
      var place = head.bytes.count
      form.withUnsafeBytes { form in
        guard let form = form.baseAddress else { return }
        elements { time, integer, real in
          precondition(place + Self.elementSize <= size, "more elements than were counted")
          let element = start + place
          element.copyMemory(from: form, byteCount: Self.elementSize)
          element.storeBytes(of: time.bigEndian, toByteOffset: 16, as: Int64.self)
          element.storeBytes(of: integer.bigEndian, toByteOffset: 32, as: Int32.self)
          element.storeBytes(of: real.bitPattern.bigEndian, toByteOffset: 44, as: UInt32.self)
          place += Self.elementSize
        }
      }
      precondition(place == size, "fewer elements than were counted")
      initialized = size
    }
    return Parameter(oid: type.arrayOID, bytes: bytes)
  }
}
