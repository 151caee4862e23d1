/// What a slow twin found: a value's kind, as the decoder's `Token.Kind` counts them, and where it stands.
package struct SlowToken: Hashable, CustomStringConvertible {
  package enum Kind: UInt8 { case absent, null, boolean, number, text, escaped, composite }
  package var kind = Kind.absent
  package var start = 0
  package var count = 0

  package init(_ kind: UInt8 = 0, _ start: Int = 0, _ count: Int = 0) {
    self.init(kind: Kind(rawValue: kind) ?? .absent, start: start, count: count)
  }

  init(kind: Kind, start: Int, count: Int) {
    self.kind = kind
    self.start = start
    self.count = count
  }

  package var description: String { "\(kind) \(start)+\(count)" }
}

/// Broken text, and where.
package struct SlowError: Error, Hashable {
  package let what: String
  package let byte: Int

  package init(what: String, byte: Int) {
    self.what = what
    self.byte = byte
  }
}

/// One record's wanted values, and its number or line.
package struct SlowRecord: Hashable {
  package let slots: [SlowToken]
  package let index: Int

  package init(slots: [SlowToken], index: Int) {
    self.slots = slots
    self.index = index
  }
}
