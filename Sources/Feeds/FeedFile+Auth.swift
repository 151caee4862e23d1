internal import Market
internal import Yams

extension FeedReader {
  /// `none`, `{ header, secret, required }`, `{ query, secret, required }` or
  /// `{ token, username, password, lifetime, required }`.
  func authentication(_ node: Node, request: RequestTemplate?) -> Authentication? {
    let forms =
      "none, { header: X-Token, secret: FLUX_… }, { query: key, secret: FLUX_… } or "
      + "{ token: /…, username: FLUX_…, password: FLUX_…, lifetime: 50 min }"
    if case .scalar(let scalar) = node {
      if scalar.string == "none" { return Authentication.none }
      // What stands here may be a secret: it is not repeated.
      nodes.complain(at: node, "auth is a text", cure: "write \(forms)")
      return nil
    }
    let keys = ["header", "query", "token", "secret", "username", "password", "lifetime", "required"]
    guard let entries = nodes.mapping(node, "auth", keys: keys) else { return nil }
    let given = ["header", "query", "token"].filter { entries[$0] != nil }
    guard given.count == 1 else {
      nodes.complain(
        at: node, given.isEmpty ? "auth does not say how" : "auth has both \(given.joined(separator: " and "))",
        cure: "write \(forms)")
      return nil
    }
    let count = nodes.count
    let allowed = given[0] == "token" ? ["username", "password", "lifetime"] : ["secret"]
    for entry in entries.pairs where ![given[0], "required"].contains(entry.name) && !allowed.contains(entry.name) {
      nodes.complain(at: entry.key, "\(entry.name) does not go with \(given[0])", cure: "remove it")
    }
    let isRequired = entries["required"].map { nodes.flag($0, "required") } ?? true
    let auth =
      given[0] == "token"
      ? token(entries, isRequired: isRequired) : secret(entries, given[0], isRequired: isRequired, request: request)
    return nodes.count == count ? auth : nil
  }

  private func secret(
    _ entries: NodeReader.Entries, _ kind: String, isRequired: Bool?, request: RequestTemplate?
  ) -> Authentication? {
    let secret = setting("secret", in: entries)
    guard let node = entries[kind], let name = nodes.text(node, kind, form: "its name") else { return nil }
    if kind == "header", !isHeaderName(name) {
      nodes.complain(at: node, "\"\(name)\" is no header's name", cure: "write letters, digits and hyphens")
    }
    let taken = kind == "header" ? request?.headers.map { $0.name.lowercased() } : request?.query.map(\.name)
    if taken?.contains(kind == "header" ? name.lowercased() : name) == true {
      nodes.complain(at: node, "the request already has \(kind) \(name)", cure: "remove it there")
    }
    guard let secret, let isRequired else { return nil }
    return kind == "header"
      ? .header(name: name, secret: secret, required: isRequired)
      : .query(name: name, secret: secret, required: isRequired)
  }

  private func token(_ entries: NodeReader.Entries, isRequired: Bool?) -> Authentication? {
    let username = setting("username", in: entries)
    let password = setting("password", in: entries)
    let path = entries["token"].flatMap { plainPath($0, "token") }
    if let path, path.contains("{") || path.contains("}") {
      nodes.complain(at: entries["token"], "token \"\(path)\" has a placeholder", cure: "write a plain path")
    }
    let lifetime = nodes.required("lifetime", in: entries, form: "how long a token is used, such as 50 min")
      .flatMap { nodes.duration($0, "lifetime", form: "50 min") }
    if lifetime == .zero {
      nodes.complain(at: entries["lifetime"], "lifetime is 0", cure: "write how long a token is used, such as 50 min")
    }
    guard let username, let password, let path, let lifetime, let isRequired else { return nil }
    return .passwordToken(path: path, username: username, password: password, lifetime: lifetime, required: isRequired)
  }

  /// The name of a setting. Anything else may be the secret itself, written here by mistake: it is never repeated.
  private func setting(_ key: String, in entries: NodeReader.Entries) -> String? {
    guard let node = nodes.required(key, in: entries, form: "FLUX_…, the setting's name") else { return nil }
    guard case .scalar(let scalar) = node, scalar.string.hasPrefix("FLUX_"), scalar.string.count > 5,
      scalar.string.utf8.allSatisfy({ $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
    else {
      nodes.complain(
        at: node, "\(key) is not the name of a setting",
        cure: "write FLUX_ with capital letters, digits and _, and put the secret into the environment")
      return nil
    }
    guard !scalar.string.hasSuffix("_FILE") else {
      nodes.complain(
        at: node, "\(key) ends with _FILE",
        cure: "write \(scalar.string.dropLast(5)); its _FILE is understood by itself")
      return nil
    }
    return scalar.string
  }
}
