#!/bin/sh
# StackExchange.Redis 2.13.17, the client beneath Orleans' Redis packages: a password for a server that has none is no fault.
#
# Guess before running: redis-server 7.0 without a password answers AUTH with an error ("ERR AUTH <password> called without any
# password configured for the default user"), so ConnectAsync with a password throws, as it does for a wrong one (WRONGPASS). A
# cluster that was given a password then ends when somebody has put Redis up anew without its configuration.
#
# Seen: it connects, reads and writes; nothing is thrown, and no event of the connection says it. With a wrong password for a server
# that has one, the same client throws RedisConnectionException, "WRONGPASS".
#
# Needs the .NET SDK 10 and redis-server.
set -eu
folder=$(mktemp -d)
servers=""
end() { for server in $servers; do kill "$server" 2>/dev/null || true; done; rm -rf "$folder"; }
trap end EXIT
cd "$folder"
cat > probe.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="StackExchange.Redis" Version="[2.13.17]" />
  </ItemGroup>
</Project>
XML
cat > Program.cs <<'CS'
using StackExchange.Redis;

foreach (var port in args)
{
    try
    {
        var log = new StringWriter();
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},password=given,abortConnect=true", log);
        var said = 0;
        redis.ErrorMessage += (_, _) => said++;
        redis.ConnectionFailed += (_, _) => said++;
        redis.InternalError += (_, _) => said++;
        await redis.GetDatabase().StringSetAsync("room", "kitchen");
        Console.WriteLine($"connected {redis.IsConnected}, read {await redis.GetDatabase().StringGetAsync("room")}, events of faults {said}");
    }
    catch (RedisConnectionException error)
    {
        Console.WriteLine($"refused, WRONGPASS {error.ToString().Contains("WRONGPASS", StringComparison.Ordinal)}");
    }
}
CS
redis-server --port 16391 --bind 127.0.0.1 --save '' --dir "$folder" --daemonize no > none.log & servers="$servers $!"
redis-server --port 16392 --bind 127.0.0.1 --save '' --dir "$folder" --requirepass another --daemonize no > other.log & servers="$servers $!"
sleep 1
answer=$(redis-cli -p 16391 AUTH given 2>&1)
echo "redis-server without a password says: $answer"
said=$(dotnet run -c Release -- 16391 16392)
echo "$said"
case "$answer" in *"without any password configured"*) ;; *) exit 1 ;; esac
expected="connected True, read kitchen, events of faults 0
refused, WRONGPASS True"
[ "$said" = "$expected" ]
