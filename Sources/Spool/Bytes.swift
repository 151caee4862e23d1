import Market

/// Numbers with their lowest byte first; texts and frames with their length, a `UInt32`, before them.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write<T: FixedWidthInteger>(_ number: T) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func write(_ instant: Instant) { write(instant.microseconds) }

  mutating func write(_ text: String) {
    write(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// 0 for nil, else 1 and what `body` writes.
  mutating func write<T>(_ value: T?, _ body: (inout ByteWriter, T) -> Void) {
    write(UInt8(value == nil ? 0 : 1))
    if let value { body(&self, value) }
  }

  /// What `body` writes, so that a reader finds its end though it knows only some of its fields.
  mutating func frame(_ body: (inout ByteWriter) -> Void) {
    let start = bytes.count
    write(UInt32(0))
    body(&self)
    let length = UInt32(bytes.count - start - 4)
    for place in 0..<4 { bytes[start + place] = UInt8(truncatingIfNeeded: length >> UInt32(8 * place)) }
  }

  /// How many there are, and a frame for each.
  mutating func frames<C: Collection>(_ elements: C, _ body: (inout ByteWriter, C.Element) -> Void) {
    write(UInt32(elements.count))
    for element in elements { frame { body(&$0, element) } }
  }
}

/// Reads what ``ByteWriter`` wrote; whatever the bytes are, it ends with a value or an error.
struct ByteReader {
  private let bytes: [UInt8]
  private var place: Int
  private let end: Int

  init(_ bytes: [UInt8]) {
    self.init(bytes, from: 0, to: bytes.count)
  }

  private init(_ bytes: [UInt8], from start: Int, to end: Int) {
    self.bytes = bytes
    place = start
    self.end = end
  }

  var remaining: Int { end - place }

  mutating func number<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(Unreadable) -> T {
    let size = T.bitWidth / 8
    let start = try take(size)
    if start <= bytes.count - 8 { return T(truncatingIfNeeded: bytes.span.word(at: start)) }
    return (start..<start + size).reversed().reduce(0) { $0 << 8 | T(bytes[$1]) }
  }

  mutating func instant() throws(Unreadable) -> Instant { Instant(microseconds: try number()) }

  mutating func text() throws(Unreadable) -> String {
    let length = Int(try number(UInt32.self))
    let start = try take(length)
    guard let text = String(validating: bytes[start..<start + length], as: UTF8.self) else {
      throw Unreadable(description: "a text in it is not UTF-8")
    }
    return text
  }

  mutating func optional<T>(_ body: (inout ByteReader) throws(Unreadable) -> T) throws(Unreadable) -> T? {
    try number(UInt8.self) == 0 ? nil : try body(&self)
  }

  mutating func frame() throws(Unreadable) -> ByteReader {
    let length = Int(try number(UInt32.self))
    let start = try take(length)
    return ByteReader(bytes, from: start, to: start + length)
  }

  mutating func frames<T>(_ body: (inout ByteReader) throws(Unreadable) -> T) throws(Unreadable) -> [T] {
    // A frame takes four bytes at least: a damaged count reserves no memory for what cannot be there.
    let count = try count(ofAtLeast: 4)
    var elements: [T] = []
    elements.reserveCapacity(count)
    for _ in 0..<count {
      var frame = try frame()
      elements.append(try body(&frame))
    }
    return elements
  }

  /// A count of things that take so many bytes each.
  mutating func count(ofAtLeast size: Int) throws(Unreadable) -> Int {
    let count = Int(try number(UInt32.self))
    guard count <= remaining / size else { throw .cut }
    return count
  }

  private mutating func take(_ count: Int) throws(Unreadable) -> Int {
    guard count <= remaining else { throw .cut }
    defer { place += count }
    return place
  }
}

/// Why a record cannot be read; reads on after "the record".
package struct Unreadable: Error, Hashable, CustomStringConvertible {
  package let description: String

  static let cut = Unreadable(description: "it ends before it is complete")
}
