/* What wine before 9 lacks of bcryptprimitives.dll, and Rust's standard library asks of Windows 10. For runs under wine alone. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID out, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE out, SIZE_T length)
{
    return SystemFunction036(out, (ULONG)length);
}
