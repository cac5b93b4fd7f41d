/** Connects standard input and output to a server on this machine's loopback: `forward-connection.js PORT`. */
import { connect } from 'node:net'

const socket = connect({ host: '127.0.0.1', port: Number(process.argv[2]), allowHalfOpen: true })
process.stdin.pipe(socket).pipe(process.stdout)
socket.on('error', () => {
  process.exitCode = 1
  process.stdin.destroy()
})
