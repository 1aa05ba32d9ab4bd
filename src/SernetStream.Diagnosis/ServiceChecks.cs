using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SernetStream.Configuration;

namespace SernetStream.Diagnosis;

/// <summary>What stands around the node: the plugins, the dashboard's port, the secrets' files.</summary>
internal static class ServiceChecks
{
    /// <summary>Whether the plugins that are named are there, can be loaded, and take their settings.</summary>
    /// <param name="settings">They name the plugins.</param>
    /// <param name="check">Looks at all of them; throws if one cannot be used.</param>
    public static IEnumerable<Finding> Plugins(SettingValues settings, Action<SettingValues> check)
    {
        const string Check = "plugins";
        if (settings.Plugins.Count == 0)
        {
            return [Finding.Ok(Check, "No plugin is named.")];
        }

        try
        {
            check(settings);
            return settings.Plugins.Select(plugin => Finding.Ok(Check, $"{plugin.Name} can be loaded with its settings."));
        }
        catch (ConfigurationException error)
        {
            return error.Problems.Select(problem => Finding.Fault(
                Check, problem, "Install it, name its folder with plugin_directory, correct its section of the configuration, or leave it out."));
        }
    }

    /// <summary>Whether the dashboard could be served.</summary>
    public static Finding Dashboard(WebOptions? options, TimeProvider clock)
    {
        const string Check = "dashboard";
        if (options is null)
        {
            return Finding.Ok(Check, "It is off (web.listen), so no port is opened.");
        }

        if (options.CertificateFile is not null && CertificateProblem(options, clock) is { } problem)
        {
            return problem;
        }

        try
        {
            using var listener = new TcpListener(new IPEndPoint(options.Listen.Address, options.Listen.Port));
            listener.Start();
            return Finding.Ok(Check, $"It can be served at {options.Address}.");
        }
        catch (SocketException error)
        {
            return Finding.Fault(
                Check,
                $"It cannot listen on {options.Listen}: {error.Message}.",
                "If a running sernetd holds the port, all is well; otherwise end the other program, or name another port with web.listen.");
        }
    }

    /// <summary>Whether files with secrets are read by their owner alone.</summary>
    public static IEnumerable<Finding> Secrets(SettingValues settings)
    {
        const string Check = "secrets";
        foreach (var secret in Settings.All.OfType<SecretSetting>())
        {
            var file = settings.TextOf(secret);
            if (settings.Get(secret) is null || !File.Exists(file) || OperatingSystem.IsWindows())
            {
                continue;
            }

            yield return (File.GetUnixFileMode(file) & UnixFileMode.OtherRead) != 0
                ? Finding.Warning(Check, $"Everybody on this machine can read {file} ({secret.Key}).", $"Run: chmod 600 {file}")
                : Finding.Ok(Check, $"{file} ({secret.Key}) is not readable by everybody.");
        }
    }

    private static Finding? CertificateProblem(WebOptions options, TimeProvider clock)
    {
        const string Check = "dashboard";
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(options.CertificateFile!, options.KeyFile);
            return certificate.NotAfter.ToUniversalTime() < clock.GetUtcNow()
                ? Finding.Fault(Check, $"The certificate {options.CertificateFile} has expired ({certificate.NotAfter:yyyy-MM-dd}).", "Renew it.")
                : null;
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return Finding.Fault(
                Check, $"The certificate {options.CertificateFile} cannot be used: {error.Message}", "Name a certificate and its key in PEM form.");
        }
    }
}
