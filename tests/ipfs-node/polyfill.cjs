// The node's libraries expect Promise.withResolvers, which Node 20 does not have.
Promise.withResolvers ??= function () { let resolve, reject; const promise = new this((a, b) => { resolve = a; reject = b }); return { promise, resolve, reject } }
