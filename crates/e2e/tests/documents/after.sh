# What stands behind the commands of the README: data goes through the connection that they secured.
trustpack demo-part echo --listen 127.0.0.1:2060 >echo.log &
until grep -q ready echo.log; do
  kill -0 $! || exit 1
  sleep 0.05
done
trustpack demo-part client --connect 127.0.0.1:2061 --octets 1000000
