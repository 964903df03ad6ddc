// An SMPP message centre on loopback that does as it is told. It prints one JSON line for
// each thing that happens, and reads orders as JSON lines:
//   {"mode": "ok" | "silent" | "throttle" | "refuse" | "drop", "status": 11, "times": 2}
//   {"receipt": "DELIVRD", "after": 20, "style": "tlv" | "text" | "decimal"}   what to say of later messages; "" : nothing
//   {"say": "UNDELIV", "id": "…"}                                             of one that was accepted
//   {"kick": true}                                                            closes every session
import smpp from 'smpp'
import readline from 'node:readline'

const tell = (o) => process.stdout.write(JSON.stringify(o) + '\n')
let mode = { mode: 'ok' }, receipt = { receipt: '' }, next = 0xa0
const sessions = new Set(), kept = new Map()

function deliver (session, id, stat, style) {
  const shown = style === 'decimal' ? String(parseInt(id, 16)) : id
  const pdu = {
    source_addr: kept.get(id)?.to ?? '', destination_addr: 'us', esm_class: 4,
    short_message: `id:${style === 'tlv' ? 'zz' : shown} sub:001 dlvrd:001 submit date:2601010101 done date:2601010101 stat:${stat} err:000 text:id:nonsense`
  }
  if (style === 'tlv') {
    pdu.receipted_message_id = shown
    pdu.message_state = ['', 'ENROUTE', 'DELIVRD', 'EXPIRED', 'DELETED', 'UNDELIV', 'ACCEPTD', 'UNKNOWN', 'REJECTD'].indexOf(stat)
  }
  session.deliver_sm(pdu, () => tell({ acknowledged: id }))
}

const server = smpp.createServer({}, (session) => {
  sessions.add(session)
  session.on('close', () => { sessions.delete(session); tell({ closed: true }) })
  session.on('error', () => {})
  session.on('bind_transceiver', (pdu) => {
    const good = pdu.system_id === 'sallyport' && pdu.password === 'secret8'
    tell({ bind: pdu.system_id, good })
    session.send(pdu.response({ command_status: good ? 0 : 0x0e }))
    if (good && process.argv.includes('--enquires')) session.enquire_link({}, () => tell({ enquired: true }))
  })
  session.on('enquire_link', (pdu) => { tell({ enquire: true }); if (mode.mode !== 'silent') session.send(pdu.response()) })
  session.on('unbind', (pdu) => { tell({ unbind: true }); session.send(pdu.response()); session.close() })
  session.on('submit_sm', (pdu) => {
    const m = pdu.short_message
    const id = (next++).toString(16)
    tell({
      submit: id, to: pdu.destination_addr, from: pdu.source_addr, ton: pdu.dest_addr_ton, npi: pdu.dest_addr_npi, coding: pdu.data_coding, esm: pdu.esm_class,
      validity: pdu.validity_period && String(pdu.validity_period instanceof Date ? Math.round((pdu.validity_period - Date.now()) / 1000) : pdu.validity_period), registered: pdu.registered_delivery,
      text: typeof m.message === 'string' ? m.message : String(m.message), parts: m.udh ? [...m.udh[0] ?? m.udh].map(Number) : []
    })
    const now = mode
    if (now.times !== undefined && now.times-- <= 1) mode = { mode: 'ok' }
    if (now.mode === 'silent') return
    if (now.mode === 'drop') return session.destroy()
    if (now.mode === 'throttle') return session.send(pdu.response({ command_status: 0x58 }))
    if (now.mode === 'refuse') return session.send(pdu.response({ command_status: now.status }))
    kept.set(id, { to: pdu.destination_addr, session })
    session.send(pdu.response({ message_id: id }))
    if (receipt.receipt) {
      const r = receipt
      setTimeout(() => deliver(session, id, r.receipt, r.style), r.after ?? 0)
    }
  })
})
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => tell({ port: server.address().port }))

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const o = JSON.parse(line)
  if (o.mode) mode = o
  if ('receipt' in o) receipt = o
  if (o.say) for (const s of sessions) { deliver(s, o.id, o.say, o.style); break }
  if (o.kick) for (const s of sessions) s.destroy()
  tell({ done: true })
}).on('close', () => process.exit(0))
