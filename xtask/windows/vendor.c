/*
 * A driver by another compiler, as vendors make theirs: functions of SSCardDriver, __stdcall, whose names nobody has told the compiler to
 * leave as they are. It passes every call on to the simulated machine's SSCardDriver.dll, which stands beside the program.
 */
#include <windows.h>

#define API __declspec(dllexport) long __stdcall
#define PASS_ON(types, ...)                                               \
    do {                                                                  \
        long(__stdcall * f) types = (long(__stdcall *) types)of(__func__); \
        return f ? f(__VA_ARGS__) : -5;                                   \
    } while (0)

typedef const char *Text;

static FARPROC of(const char *name)
{
    HMODULE driver = LoadLibraryA("SSCardDriver.dll");
    return driver ? GetProcAddress(driver, name) : NULL;
}

API iReadCardBas(int type, char *out) { PASS_ON((int, char *), type, out); }
API iReadCard(int type, int by, Text card, Text files, char *out)
{
    PASS_ON((int, int, Text, Text, char *), type, by, card, files, out);
}
API iWriteCard(int type, Text card, Text files, Text data, char *out)
{
    PASS_ON((int, Text, Text, Text, char *), type, card, files, data, out);
}
API iVerifyPIN(int type, char *out) { PASS_ON((int, char *), type, out); }
API iChangePIN(int type, char *out) { PASS_ON((int, char *), type, out); }
API iReloadPIN(int type, Text card, char *out) { PASS_ON((int, Text, char *), type, card, out); }
API iUnblockPIN(int type, Text card, char *out) { PASS_ON((int, Text, char *), type, card, out); }
API iLoadCard(int n, char *out) { PASS_ON((int, char *), n, out); }
API iWriteCaStep1(char *out) { PASS_ON((char *), out); }
API iWriteCaStep2(Text info, char *out) { PASS_ON((Text, char *), info, out); }
API iPrint(int n, Text a, Text b, Text c, Text d, Text e, Text f1, Text p, Text q, char *out)
{
    PASS_ON((int, Text, Text, Text, Text, Text, Text, Text, Text, char *), n, a, b, c, d, e, f1, p, q, out);
}
