extension Parameter {
  /// An array of times: a tenth of the time of an array of any values.
  ///
  /// Of one type and not of any that a caller has: a generic function is not made for the types of another module, and
  /// looks each operation up.
  package static func times(_ times: [Timestamp]) -> Parameter { numbers(Timestamp.self, times, \.microseconds) }

  /// The same of integers.
  package static func integers(_ values: [Int32]) -> Parameter { numbers(Int32.self, values) { $0 } }

  /// The same of reals.
  package static func reals(_ values: [Float]) -> Parameter { numbers(Float.self, values, \.bitPattern) }

  /// Numbers of one size, written in one piece.
  ///
  /// - Parameter bits: an element's number as the type's binary form has it.
  /// Source: `array_recv`.
  private static func numbers<T, Bits: FixedWidthInteger>(
    _ type: any BinaryValue.Type, _ elements: [T], _ bits: (T) -> Bits
  ) -> Parameter {
    var head = BinaryWriter()
    head.arrayHeader(elementOID: type.oid, count: elements.count)
    let elementSize = 4 + MemoryLayout<Bits>.size
    let size = head.bytes.count + elements.count * elementSize
    // Unsafe for speed: the buffer is `size` long, and each element moves on by exactly `elementSize`.
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      guard let start = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
      head.bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: start, count: size).copyMemory(from: $0) }
      var place = head.bytes.count
      for element in elements {
        start.storeBytes(of: Int32(MemoryLayout<Bits>.size).bigEndian, toByteOffset: place, as: Int32.self)
        start.storeBytes(of: bits(element).bigEndian, toByteOffset: place + 4, as: Bits.self)
        place += elementSize
      }
      initialized = size
    }
    return Parameter(oid: type.arrayOID, bytes: bytes)
  }
}
