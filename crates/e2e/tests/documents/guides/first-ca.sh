# The web server at the place that the certificates name.
needs python3 python3
needs curl curl
mkdir web
ln -s "$PWD/pki/services.crl" web/services.crl
python3 -m http.server 80 --bind 127.0.0.1 --directory web >web.log 2>&1 &
until curl --silent --output /dev/null http://pki.example.com/; do
  kill -0 $! || exit 1
  sleep 0.05
done
