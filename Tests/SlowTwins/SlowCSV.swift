/// Finds the records of a CSV reply as plainly as can be: a byte at a time, every line on its own.
package struct SlowCSV {
  package private(set) var records: [SlowRecord] = []

  private let bytes: [UInt8]
  private let fields: [String]
  private var place = 0
  private var line = 0

  package init(_ bytes: [UInt8], fields: [String]) {
    self.bytes = bytes
    self.fields = fields
  }

  /// - Parameter columns: the columns' names; nil where the first line has them.
  /// - Returns: false where a wanted column is missing.
  package mutating func read(columns: [String]?) throws(SlowError) -> Bool {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
    var names = columns?.map { Array($0.utf8) } ?? []
    if columns == nil, place < bytes.count {
      names = try cells().map { cell in
        let text = bytes[cell.start..<cell.start + cell.count]
        let blanks: Set<UInt8> = [0x20, 0x09]
        return Array(text.drop(while: blanks.contains).reversed().drop(while: blanks.contains).reversed())
      }
    }
    guard fields.allSatisfy({ names.contains(Array($0.utf8)) }) || columns != nil else { return false }
    while place < bytes.count {
      let index = line + 1
      let cells = try cells()
      if cells.count == 1, cells[0].count == 0 { continue }
      var slots = Array(repeating: SlowToken(), count: fields.count)
      for (name, cell) in zip(names, cells) {
        if let slot = fields.firstIndex(where: { Array($0.utf8) == name }) { slots[slot] = cell }
      }
      records.append(SlowRecord(slots: slots, index: index))
    }
    return true
  }

  /// Those of the next line.
  private mutating func cells() throws(SlowError) -> [SlowToken] {
    var cells: [SlowToken] = []
    while true {
      let isLast: Bool
      if place < bytes.count, bytes[place] == UInt8(ascii: "\"") {
        cells.append(try quoted())
        if place < bytes.count, bytes[place] == UInt8(ascii: "\r") { place += 1 }
        if place < bytes.count, bytes[place] != UInt8(ascii: ","), bytes[place] != UInt8(ascii: "\n") {
          throw SlowError(what: "text after a closing quote", byte: place)
        }
        isLast = place >= bytes.count || bytes[place] == UInt8(ascii: "\n")
      } else {
        let start = place
        while place < bytes.count, bytes[place] != UInt8(ascii: ","), bytes[place] != UInt8(ascii: "\n") { place += 1 }
        isLast = place >= bytes.count || bytes[place] == UInt8(ascii: "\n")
        let hasReturn = isLast && place > start && bytes[place - 1] == UInt8(ascii: "\r")
        cells.append(SlowToken(kind: .text, start: start, count: place - start - (hasReturn ? 1 : 0)))
      }
      place += 1
      if isLast {
        line += 1
        return cells
      }
    }
  }

  private mutating func quoted() throws(SlowError) -> SlowToken {
    place += 1
    let start = place
    var kind = SlowToken.Kind.text
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "\n") { line += 1 }
      if bytes[place] == UInt8(ascii: "\"") {
        guard place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "\"") else {
          place += 1
          return SlowToken(kind: kind, start: start, count: place - 1 - start)
        }
        kind = .escaped
        place += 1
      }
      place += 1
    }
    throw SlowError(what: "it ends inside a quoted cell", byte: start)
  }
}
