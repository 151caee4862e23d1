/// Bytes in network order, as PostgreSQL's binary forms have them.
package struct BinaryWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func write<T: FixedWidthInteger>(_ number: T) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func write(bytes more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Writes what `body` writes, its length as an int4 before it.
  package mutating func counted(_ body: (inout BinaryWriter) -> Void) {
    let start = bytes.count
    write(Int32(0))
    body(&self)
    let length = UInt32(bytes.count - start - 4)
    for place in 0..<4 { bytes[start + place] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * place)) }
  }

  /// What stands before the elements of a one-dimensional array. Source: `array_recv`.
  package mutating func arrayHeader(elementOID: UInt32, count: Int, hasNulls: Bool = false) {
    write(Int32(count == 0 ? 0 : 1))
    write(Int32(hasNulls ? 1 : 0))
    write(elementOID)
    guard count > 0 else { return }
    write(Int32(count))
    // Counted from 1, as SQL does.
    write(Int32(1))
  }
}

extension UnsafeRawBufferPointer {
  /// The number that these bytes are; nil if there are more or fewer.
  func bigEndian<T: FixedWidthInteger>(_ type: T.Type) -> T? {
    count == MemoryLayout<T>.size ? T(bigEndian: loadUnaligned(as: T.self)) : nil
  }
}
