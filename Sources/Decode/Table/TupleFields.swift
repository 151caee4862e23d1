import Market

/// Writes one row's fields into a buffer that has room for them.
struct TupleFields {
  private(set) var place: Int
  /// The last instant that was written, in microseconds since 1970.
  private(set) var instant: Int64 = 0

  /// From 1970-01-01, the Unix epoch, to PostgreSQL's.
  private static let unixToPostgres: Int64 = 946_684_800_000_000

  init(at place: Int) { self.place = place }

  mutating func begin(fields: Int, in buffer: inout [UInt8]) {
    store(Int16(truncatingIfNeeded: fields), in: &buffer)
  }

  /// - Returns: why the cell is no value of the column; nil where it was written.
  @inline(__always)
  mutating func write(
    _ token: Token, _ column: TableForm.Column, of bytes: Span<UInt8>, isCSV: Bool, in buffer: inout [UInt8]
  ) -> String? {
    if column.kind == .real, token.kind == .text, isCSV,
      let short = ShortNumber.double(bytes, at: token.start, count: token.count)
    {
      store(Int32(4), in: &buffer)
      store(Float(short).bitPattern, in: &buffer)
      return nil
    }
    return writeOther(token, column, of: bytes, isCSV: isCSV, in: &buffer)
  }

  @inline(never)
  private mutating func writeOther(
    _ token: Token, _ column: TableForm.Column, of bytes: Span<UInt8>, isCSV: Bool, in buffer: inout [UInt8]
  ) -> String? {
    // An empty cell says nothing, whatever its column.
    let isAbsent = token.kind == .absent || token.kind == .null
      || isCSV && token.kind == .text && bytes.trimmed(token).count == 0
    guard !isAbsent else {
      if column.isRequired { return "is missing" }
      store(Int32(-1), in: &buffer)
      return nil
    }
    switch column.kind {
    case .instant: return writeInstant(token, of: bytes, in: &buffer)
    case .uuid: return writeUUID(token, of: bytes, in: &buffer)
    case .real: return writeReal(token, of: bytes, isCSV: isCSV, in: &buffer)
    case .smallint: return writeSmallint(token, of: bytes, isCSV: isCSV, in: &buffer)
    case .boolean: return writeBoolean(token, of: bytes, isCSV: isCSV, in: &buffer)
    case .text: return writeText(token, of: bytes, isCSV: isCSV, in: &buffer)
    case .json: return writeJSON(token, of: bytes, isCSV: isCSV, in: &buffer)
    }
  }

  private mutating func writeInstant(_ token: Token, of bytes: Span<UInt8>, in buffer: inout [UInt8]) -> String? {
    let (start, count) = bytes.trimmed(token)
    guard token.kind == .text, let instant = Instant(bytes, at: start, count: count) else {
      return "is not an instant such as 2026-03-29T00:30:00Z"
    }
    self.instant = instant.microseconds
    store(Int32(8), in: &buffer)
    store(instant.microseconds - Self.unixToPostgres, in: &buffer)
    return nil
  }

  private mutating func writeUUID(_ token: Token, of bytes: Span<UInt8>, in buffer: inout [UInt8]) -> String? {
    let (start, count) = bytes.trimmed(token)
    guard token.kind == .text, let uuid = bytes.uuid(at: start, count: count) else { return "is not a UUID" }
    write(uuid, in: &buffer)
    return nil
  }

  mutating func write(_ id: (high: UInt64, low: UInt64), in buffer: inout [UInt8]) {
    store(Int32(16), in: &buffer)
    store(id.high, in: &buffer)
    store(id.low, in: &buffer)
  }

  private mutating func writeReal(
    _ token: Token, of bytes: Span<UInt8>, isCSV: Bool, in buffer: inout [UInt8]
  ) -> String? {
    guard token.kind == (isCSV ? .text : .number) else { return isCSV ? "is not a number" : token.notANumber }
    let (start, count) = bytes.trimmed(token)
    guard let number = NumberScanner.float(bytes, at: start, count: count, scale: 1) else {
      return NumberScanner.isNumber(bytes, at: start, count: count)
        ? "is beyond the range of PostgreSQL's real" : "is not a number"
    }
    store(Int32(4), in: &buffer)
    store(number.bitPattern, in: &buffer)
    return nil
  }

  private mutating func writeSmallint(
    _ token: Token, of bytes: Span<UInt8>, isCSV: Bool, in buffer: inout [UInt8]
  ) -> String? {
    guard token.kind == (isCSV ? .text : .number) else { return isCSV ? "is not a number" : token.notANumber }
    let (start, count) = bytes.trimmed(token)
    guard let number = NumberScanner.double(bytes, at: start, count: count), let small = Int16(exactly: number) else {
      return "is not a whole number from -32768 to 32767"
    }
    store(Int32(2), in: &buffer)
    store(small, in: &buffer)
    return nil
  }

  private mutating func writeBoolean(
    _ token: Token, of bytes: Span<UInt8>, isCSV: Bool, in buffer: inout [UInt8]
  ) -> String? {
    let (start, count) = bytes.trimmed(token)
    let word = count <= 5 ? String(decoding: bytes.bytes(from: start, count: count), as: UTF8.self).lowercased() : ""
    let value: Bool
    switch word {
    case "true", "t", "yes", "1": value = true
    case "false", "f", "no", "0": value = false
    default: return "is neither true nor false"
    }
    guard isCSV || token.kind == .boolean else { return "is neither true nor false" }
    store(Int32(1), in: &buffer)
    store(UInt8(value ? 1 : 0), in: &buffer)
    return nil
  }

  private mutating func writeText(
    _ token: Token, of bytes: Span<UInt8>, isCSV: Bool, in buffer: inout [UInt8]
  ) -> String? {
    guard token.kind == .text || token.kind == .escaped else { return "is not a text" }
    guard let text = bytes.text(token, isCSV: isCSV) else { return "is broken text" }
    guard text.isStorable else { return "is not UTF-8 that PostgreSQL can keep" }
    store(Int32(text.count), in: &buffer)
    store(text, in: &buffer)
    return nil
  }

  private mutating func writeJSON(
    _ token: Token, of bytes: Span<UInt8>, isCSV: Bool, in buffer: inout [UInt8]
  ) -> String? {
    guard let text = bytes.json(token, isCSV: isCSV) else { return "is not JSON" }
    guard text.isStorable else { return "is not UTF-8 that PostgreSQL can keep" }
    // jsonb's binary form is its version and its text.
    store(Int32(text.count + 1), in: &buffer)
    store(UInt8(1), in: &buffer)
    store(text, in: &buffer)
    return nil
  }

  // MARK: - Bytes

  @inline(__always)
  private mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ number: T, in buffer: inout [UInt8]) {
    var span = buffer.mutableSpan
    var bytes = span.mutableBytes
    bytes.storeBytes(of: number.bigEndian, toByteOffset: place, as: T.self)
    place &+= MemoryLayout<T>.size
  }

  private mutating func store(_ text: [UInt8], in buffer: inout [UInt8]) {
    for byte in text {
      buffer[place] = byte
      place += 1
    }
  }
}

extension Token {
  fileprivate var notANumber: String {
    kind == .text || kind == .escaped ? "is text, not a number" : "is not a number"
  }
}

extension [UInt8] {
  /// Whether it is UTF-8 without a NUL, which PostgreSQL's text has not.
  fileprivate var isStorable: Bool { String(validating: self, as: UTF8.self) != nil && !contains(0) }
}
