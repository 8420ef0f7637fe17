// configure.cjs CONFIG API_PORT GATEWAY_PORT: nothing but the two ports on loopback.
const fs = require('node:fs')
const [file, api, gateway] = process.argv.slice(2)
const config = JSON.parse(fs.readFileSync(file, 'utf8'))
config.Addresses = { ...config.Addresses, Swarm: [], API: `/ip4/127.0.0.1/tcp/${api}`, Gateway: `/ip4/127.0.0.1/tcp/${gateway}`, RPC: '' }
config.Bootstrap = []
config.Discovery = { ...config.Discovery, MDNS: { ...config.Discovery?.MDNS, Enabled: false }, webRTCStar: { ...config.Discovery?.webRTCStar, Enabled: false } }
fs.writeFileSync(file, JSON.stringify(config, null, 2))
