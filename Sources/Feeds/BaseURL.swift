/// The address that a host's paths are appended to, checked character by character.
enum BaseURL {
  /// - Returns: the address without the slash at its end, or what is wrong. A refused address is never repeated, since
  ///   it may hold a password.
  static func check(_ text: String) -> Result<String, Refusal> {
    let form = "write https://name/path, or http:// for this machine itself"
    guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else {
      return .failure(Refusal(problem: "the address begins neither with https:// nor with http://", cure: form))
    }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { !"/?#".contains($0) }
    let path = rest[authority.endIndex...]
    if authority.contains("@") {
      return .failure(Refusal(problem: "the address holds a user name", cure: "write credentials into the feed's auth"))
    }
    if path.contains("?") || path.contains("#") {
      return .failure(Refusal(problem: "the address has a query or a fragment", cure: "write it into the feed's query"))
    }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"<>\\^`{|}".utf8.contains($0) }) else {
      return .failure(Refusal(problem: "the address has characters that an address cannot have", cure: form))
    }
    guard let name = hostName(authority) else {
      return .failure(Refusal(problem: "the address names no host, or a port that is not 1 to 65535", cure: form))
    }
    guard scheme == "https://" || isLoopback(name) else {
      return .failure(
        Refusal(problem: "http:// to \(name) would send everything in the clear", cure: "write https://"))
    }
    var end = text[...]
    while end.last == "/" { end.removeLast() }
    return .success(String(end))
  }

  struct Refusal: Error, Hashable {
    let problem: String
    let cure: String
  }

  /// The name or the bracketed IPv6 address; nil where it or the port is none.
  private static func hostName(_ authority: Substring) -> Substring? {
    let name: Substring
    let rest: Substring
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      name = authority[...end]
      rest = authority[authority.index(after: end)...]
      guard name.dropFirst().dropLast().utf8.allSatisfy({ "0123456789abcdefABCDEF:.".utf8.contains($0) }) else {
        return nil
      }
    } else {
      name = authority.prefix { $0 != ":" }
      rest = authority[name.endIndex...]
      guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }) else {
        return nil
      }
    }
    guard !name.isEmpty, name != "[]" else { return nil }
    if rest.isEmpty { return name }
    guard rest.first == ":", rest.dropFirst().allSatisfy(\.isNumber), let port = Int(rest.dropFirst()),
      (1...65_535).contains(port)
    else { return nil }
    return name
  }

  private static func isLoopback(_ name: Substring) -> Bool {
    if ["localhost", "[::1]"].contains(name.lowercased()) { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return parts.count == 4 && parts[0] == 127 && !parts.contains(nil)
  }
}
